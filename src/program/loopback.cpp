#include "loopback.hpp"

#include "../ws/authority.hpp"
#include "../ws/http_text.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace kedge::program {

bool is_loopback(const Address& address) noexcept {
  const auto& bytes = address.bytes;
  if (address.family == Address::Family::ipv4) return bytes[0] == 127;
  constexpr std::array<std::uint8_t, 16> loopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  // 127.0.0.0/8 as IPv6 has it (RFC 4291 section 2.5.5.2).
  constexpr std::array<std::uint8_t, 13> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 127};
  return bytes == loopback || std::equal(mapped.begin(), mapped.end(), bytes.begin());
}

bool is_loopback_authority(std::string_view text) noexcept {
  const ws::Authority authority = ws::parse_authority(text);
  if (!authority.fault.empty()) return false;
  if (!authority.host_is_ipv6 && ws::equal_without_case(authority.host, "localhost")) return true;
  std::array<char, INET6_ADDRSTRLEN> host{};
  if (authority.host.size() >= host.size()) return false;
  authority.host.copy(host.data(), host.size());
  Address address;
  if (authority.host_is_ipv6) address.family = Address::Family::ipv6;
  const int family = authority.host_is_ipv6 ? AF_INET6 : AF_INET;
  return inet_pton(family, host.data(), address.bytes.data()) == 1 && is_loopback(address);
}

bool is_loopback_origin(std::string_view origin) noexcept {
  constexpr std::string_view scheme = "http://";
  return origin.starts_with(scheme) && is_loopback_authority(origin.substr(scheme.size()));
}

}  // namespace kedge::program
