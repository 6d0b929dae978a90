#include "address.hpp"

#include <arpa/inet.h>

#include <array>
#include <charconv>

namespace kedge::program {

std::optional<Address> parse_address(std::string_view text, std::string_view default_host) {
  const std::size_t colon = text.rfind(':');
  std::string host(default_host);
  std::string_view port = text;
  if (colon != std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  Address address;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (error != std::errc{} || end != port.data() + port.size() || port.empty()) return std::nullopt;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    address.family = Address::Family::ipv6;
    if (inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), address.bytes.data()) != 1) {
      return std::nullopt;
    }
    return address;
  }
  if (inet_pton(AF_INET, host.c_str(), address.bytes.data()) != 1) return std::nullopt;
  return address;
}

std::string to_string(const Address& address) {
  const bool v6 = address.family == Address::Family::ipv6;
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(v6 ? AF_INET6 : AF_INET, address.bytes.data(), text.data(), text.size());
  const std::string host = v6 ? std::string("[").append(text.data()).append("]") : std::string(text.data());
  return host + ":" + std::to_string(address.port);
}

}  // namespace kedge::program
