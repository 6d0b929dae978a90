#include "address.hpp"

#include <net/if.h>
#include <netinet/in.h>
#include <uv.h>

#include <charconv>
#include <cstring>
#include <string_view>

namespace kedge::uv {

SystemAddress to_system(const Address& address) noexcept {
  SystemAddress result;
  if (address.family == Address::Family::ipv4) {
    sockaddr_in ipv4{};
    ipv4.sin_family = AF_INET;
    ipv4.sin_port = htons(address.port);
    std::memcpy(&ipv4.sin_addr, address.bytes.data(), sizeof ipv4.sin_addr);
    std::memcpy(&result.storage, &ipv4, sizeof ipv4);
    result.size = sizeof ipv4;
  } else {
    sockaddr_in6 ipv6{};
    ipv6.sin6_family = AF_INET6;
    ipv6.sin6_port = htons(address.port);
    ipv6.sin6_scope_id = address.scope;
    std::memcpy(&ipv6.sin6_addr, address.bytes.data(), sizeof ipv6.sin6_addr);
    std::memcpy(&result.storage, &ipv6, sizeof ipv6);
    result.size = sizeof ipv6;
  }
  return result;
}

std::optional<Address> from_system(const sockaddr& address) noexcept {
  Address result;
  if (address.sa_family == AF_INET) {
    sockaddr_in ipv4;
    std::memcpy(&ipv4, &address, sizeof ipv4);
    result.port = ntohs(ipv4.sin_port);
    std::memcpy(result.bytes.data(), &ipv4.sin_addr, sizeof ipv4.sin_addr);
    return result;
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 ipv6;
    std::memcpy(&ipv6, &address, sizeof ipv6);
    result.family = Address::Family::ipv6;
    result.port = ntohs(ipv6.sin6_port);
    result.scope = ipv6.sin6_scope_id;
    std::memcpy(result.bytes.data(), &ipv6.sin6_addr, sizeof ipv6.sin6_addr);
    return result;
  }
  return std::nullopt;
}

// The interface's index; 0 when there is none. libuv looks at names only, and takes an unknown one for none.
static std::uint32_t scope_index(std::string_view scope, const char* text) noexcept {
  std::uint32_t index = 0;
  const auto [end, status] = std::from_chars(scope.data(), scope.data() + scope.size(), index);
  if (status == std::errc{} && end == scope.data() + scope.size()) return index;
  return if_nametoindex(text);
}

Result<std::optional<Address>> parse_literal(const char* host, std::uint16_t port) noexcept {
  Address address;
  address.port = port;
  if (uv_inet_pton(AF_INET, host, address.bytes.data()) == 0) return std::optional(address);
  const std::string_view text(host);
  if (text.find(':') == std::string_view::npos) return std::optional<Address>{};
  // uv_inet_pton stops at a '%' by itself.
  if (uv_inet_pton(AF_INET6, host, address.bytes.data()) != 0) return std::optional<Address>{};
  address.family = Address::Family::ipv6;
  if (const std::size_t percent = text.find('%'); percent != std::string_view::npos) {
    address.scope = scope_index(text.substr(percent + 1), host + percent + 1);
    if (address.scope == 0) {
      // An adapter that is plugged in later, or an interface that a service brings up.
      return Error(ErrorKind::connection, Layer::resolver, 0, "there is no such network interface: ")
          .append(text);
    }
  }
  return std::optional(address);
}

}  // namespace kedge::uv
