#pragma once
// TLS for a server's connections: one reusable server stream for each slot.

#include <kedge/port.hpp>
#include <kedge/tls.hpp>

#include <array>
#include <memory>
#include <vector>

namespace kedge::server {

/// TLS for accepted streams.
class TlsAcceptor {
 public:
  /// Starts the server's handshake over `below` for the connection in `slot`; as TlsLayer::start.
  virtual Result<Stream*> accept(std::size_t slot, Stream& below, StreamEvents& events,
                                 Port& port) noexcept = 0;

 protected:
  ~TlsAcceptor() = default;
};

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

}  // namespace kedge::server
