#pragma once
// No port: the tree builds everywhere with it, and every call fails by name.

#include <kedge/port.hpp>

namespace kedge::none {

/// Implements Port and has nothing: no clock (`now()` stands still at zero), no timer (it never fires), no
/// entropy, no network. For builds that only want the codecs, and as a start for a port of your own.
class Port final : public kedge::Port {
 public:
  void set_events(PortEvents& events) noexcept override;
  [[nodiscard]] Instant now() noexcept override;
  [[nodiscard]] std::optional<WallTime> wall_time() noexcept override;
  [[nodiscard]] bool random(std::span<std::byte> out) noexcept override;
  void arm(Instant deadline) noexcept override;
  /// Errors: always `config`, "this build has no network port".
  Result<void> resolve(std::string_view host, std::uint16_t tcp_port) noexcept override;
  void cancel_resolve() noexcept override;
  /// Errors: always `config`, "this build has no network port".
  Result<Stream*> connect(const Address& address, StreamEvents& events) noexcept override;
};

}  // namespace kedge::none
