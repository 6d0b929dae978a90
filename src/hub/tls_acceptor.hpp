#pragma once
// TLS for the hub's connections: one reusable server stream for each slot.

#include "server.hpp"

#include <kedge/tls.hpp>

#include <array>
#include <memory>
#include <vector>

namespace kedge::hub {

class SlotTlsAcceptor final : public TlsAcceptor {
 public:
  /// Makes streams for slots 0 to `slots` - 1. `server` is configured, borrowed, and outlives this.
  SlotTlsAcceptor(tls::Server& server, std::size_t slots);

  Result<Stream*> accept(std::size_t slot, Stream& below, StreamEvents& events, Port& port) noexcept override;

 private:
  struct Slot {
    explicit Slot(tls::Server& server) noexcept : stream(server, buffer) {}
    std::array<std::byte, tls::record_bytes_max> buffer;
    tls::ServerStream stream;
  };
  std::vector<std::unique_ptr<Slot>> slots_;
};

/// The slots a server of this configuration uses.
[[nodiscard]] constexpr std::size_t slot_count(const ServerConfig& config) noexcept {
  return config.connections_max + config.refusals_max;
}

}  // namespace kedge::hub
