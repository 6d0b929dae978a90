#include <kedge/port_none.hpp>

namespace kedge::none {

static Error no_port() noexcept {
  return Error(ErrorKind::config, "this build has no network port");
}

void Port::set_events(PortEvents&) noexcept {}
Instant Port::now() noexcept {
  return Instant{};
}
std::optional<WallTime> Port::wall_time() noexcept {
  return std::nullopt;
}
bool Port::random(std::span<std::byte>) noexcept {
  return false;
}
void Port::arm(Instant) noexcept {}
Result<void> Port::resolve(std::string_view, std::uint16_t) noexcept {
  return no_port();
}
void Port::cancel_resolve() noexcept {}
Result<Stream*> Port::connect(const Address&, StreamEvents&) noexcept {
  return no_port();
}

}  // namespace kedge::none
