#pragma once
// A placeholder port: the tree builds everywhere with it, and every call fails with an error that names it.

#include <kedge/port.hpp>

namespace kedge::none {

/// Implements Port without a machine: no clock (`now()` stays at zero), no timer (it never fires), no
/// entropy, no network. For builds that only need the codecs, and as a start for your own port.
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
