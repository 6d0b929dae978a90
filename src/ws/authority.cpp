#include "authority.hpp"

#include "../codec/hex.hpp"
#include "http_text.hpp"

namespace kedge::ws {

namespace {

constexpr std::size_t host_bytes_max = 255;

Authority faulty(std::string_view fault) noexcept {
  Authority authority;
  authority.fault = fault;
  return authority;
}

/// 0 when it is no port.
std::uint16_t parse_port(std::string_view digits) noexcept {
  if (digits.empty() || digits.size() > 5) return 0;
  std::uint32_t value = 0;
  for (const char c : digits) {
    if (!is_digit(c)) return 0;
    value = value * 10 + static_cast<std::uint32_t>(c - '0');
  }
  return value > 0xFFFF ? std::uint16_t{0} : static_cast<std::uint16_t>(value);
}

bool host_valid(std::string_view host, bool ipv6) noexcept {
  for (const char c : host) {
    const bool name = is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_';
    const bool address = codec::hex_digit(c) >= 0 || c == ':' || c == '.';
    if (!(ipv6 ? address : name)) return false;
  }
  return !ipv6 || host.find(':') != std::string_view::npos;
}

constexpr std::string_view zone_mark = "%25";

/// Unreserved or percent-encoded (RFC 6874 section 2). What an interface cannot be named, or would end the
/// name early where it is looked up, is refused encoded, too.
bool zone_valid(std::string_view zone) noexcept {
  if (zone.empty()) return false;
  while (!zone.empty()) {
    const bool encoded = zone.front() == '%';
    if (encoded && (zone.size() < 3 || codec::hex_digit(zone[1]) < 0 || codec::hex_digit(zone[2]) < 0)) {
      return false;
    }
    const char c = take_zone_character(zone);
    const bool unreserved = is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
    if (!unreserved && (!encoded || c <= ' ' || c > '~' || c == '/' || c == '%')) return false;
  }
  return true;
}

/// Moves the zone from the end of the host to its own place; what is wrong with it.
std::string_view split_zone(Authority& authority) noexcept {
  const std::size_t percent = authority.host.find('%');
  if (percent == std::string_view::npos) return {};
  if (!authority.host.substr(percent).starts_with(zone_mark)) {
    return "a zone without %25 in front of it (RFC 6874)";
  }
  authority.zone = authority.host.substr(percent + zone_mark.size());
  authority.host = authority.host.substr(0, percent);
  return zone_valid(authority.zone) ? std::string_view{} : "a zone that no interface can have";
}

}  // namespace

char take_zone_character(std::string_view& zone) noexcept {
  char c = zone.front();
  std::size_t size = 1;
  if (c == '%') {
    c = static_cast<char>(codec::hex_digit(zone[1]) * 16 + codec::hex_digit(zone[2]));
    size = 3;
  }
  zone.remove_prefix(size);
  return c;
}

Authority parse_authority(std::string_view text, Zones zones) noexcept {
  if (text.find('@') != std::string_view::npos)
    return faulty("user info (credentials do not belong in a URL)");
  Authority authority;
  std::string_view rest;  // ":port" or nothing
  if (text.starts_with('[')) {
    const std::size_t bracket = text.find(']');
    if (bracket == std::string_view::npos) return faulty("an unclosed bracket in the host");
    authority.host = text.substr(1, bracket - 1);
    authority.host_is_ipv6 = true;
    rest = text.substr(bracket + 1);
    if (!rest.empty() && rest.front() != ':') return faulty("something other than a port after the bracket");
  } else {
    const std::size_t colon = text.find(':');
    authority.host = text.substr(0, colon);
    if (colon != std::string_view::npos) rest = text.substr(colon);
  }
  if (authority.host.empty()) return faulty("an empty host");
  if (authority.host.size() > host_bytes_max) return faulty("a host of more than 255 bytes");
  if (authority.host_is_ipv6 && zones == Zones::allowed) {
    if (const std::string_view fault = split_zone(authority); !fault.empty()) return faulty(fault);
  }
  if (!host_valid(authority.host, authority.host_is_ipv6)) return faulty("a character that no host name has");
  if (rest.size() > 1) {
    const std::uint16_t port = parse_port(rest.substr(1));
    if (port == 0) return faulty("a port that is not 1 to 65535");
    authority.port = port;
  }
  return authority;
}

}  // namespace kedge::ws
