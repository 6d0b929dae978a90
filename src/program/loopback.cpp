#include "loopback.hpp"

#include "../ws/authority.hpp"
#include "../ws/http_text.hpp"

#include <array>
#include <cstdint>

namespace kedge::program {

bool is_loopback(const Address& address) noexcept {
  if (address.family == Address::Family::ipv4) return address.bytes[0] == 127;
  constexpr std::array<std::uint8_t, 16> loopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return address.bytes == loopback;
}

bool is_loopback_authority(std::string_view text) noexcept {
  const ws::Authority authority = ws::parse_authority(text);
  if (!authority.fault.empty()) return false;
  if (authority.host_is_ipv6) return authority.host == "::1";
  return authority.host == "127.0.0.1" || ws::equal_without_case(authority.host, "localhost");
}

bool is_loopback_origin(std::string_view origin) noexcept {
  constexpr std::string_view scheme = "http://";
  return origin.starts_with(scheme) && is_loopback_authority(origin.substr(scheme.size()));
}

}  // namespace kedge::program
