#include "address_literal.hpp"

#include "hex.hpp"

#include <algorithm>
#include <span>

namespace kedge::codec {
namespace {

bool parse_ipv4(std::string_view text, std::span<std::uint8_t, 4> out) noexcept {
  for (std::size_t part = 0; part < 4; ++part) {
    unsigned value = 0;
    std::size_t digits = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9' && digits < 3) {
      value = value * 10 + static_cast<unsigned>(text[digits++] - '0');
    }
    // A leading zero means octal to some readers: an address is what all of them agree on.
    if (digits == 0 || value > 255 || (digits > 1 && text[0] == '0')) return false;
    out[part] = static_cast<std::uint8_t>(value);
    text.remove_prefix(digits);
    if (part == 3) return text.empty();
    if (text.empty() || text[0] != '.') return false;
    text.remove_prefix(1);
  }
  return false;
}

/// Groups of IPv6 as they are read; `gap` is where `::` stood.
struct Groups {
  std::array<std::uint8_t, 16> bytes{};
  std::size_t size = 0;
  std::optional<std::size_t> gap;
};

/// Reads one group, or the IPv4 tail; false when malformed.
bool take_group(std::string_view& text, Groups& groups) noexcept {
  unsigned value = 0;
  std::size_t digits = 0;
  while (digits < text.size() && digits < 4 && hex_digit(text[digits]) >= 0) {
    value = value * 16 + static_cast<unsigned>(hex_digit(text[digits++]));
  }
  if (digits == 0) return false;
  if (digits < text.size() && text[digits] == '.') {
    if (groups.size > 12) return false;
    if (!parse_ipv4(text, std::span<std::uint8_t, 4>(groups.bytes.data() + groups.size, 4))) return false;
    groups.size += 4;
    text = {};
    return true;
  }
  if (groups.size > 14) return false;
  groups.bytes[groups.size++] = static_cast<std::uint8_t>(value >> 8);
  groups.bytes[groups.size++] = static_cast<std::uint8_t>(value & 0xFF);
  text.remove_prefix(digits);
  return true;
}

bool parse_ipv6(std::string_view text, std::array<std::uint8_t, 16>& out) noexcept {
  Groups groups;
  if (text.starts_with("::")) {
    groups.gap = 0;
    text.remove_prefix(2);
  }
  while (!text.empty()) {
    if (!take_group(text, groups)) return false;
    if (text.empty()) break;
    if (text[0] != ':') return false;
    text.remove_prefix(1);
    if (text.starts_with(':')) {
      if (groups.gap) return false;
      groups.gap = groups.size;
      text.remove_prefix(1);
    } else if (text.empty()) {
      return false;  // a single colon at the end
    }
  }
  if (!groups.gap) {
    out = groups.bytes;
    return groups.size == 16;
  }
  if (groups.size > 14) return false;  // `::` stands for at least one group
  out = {};
  const std::size_t tail = groups.size - *groups.gap;
  std::copy_n(groups.bytes.begin(), *groups.gap, out.begin());
  std::copy_n(groups.bytes.data() + *groups.gap, tail, out.data() + out.size() - tail);
  return true;
}

}  // namespace

std::optional<AddressLiteral> parse_address_literal(std::string_view host) noexcept {
  AddressLiteral literal;
  if (host.find(':') == std::string_view::npos) {
    if (!parse_ipv4(host, std::span<std::uint8_t, 4>(literal.bytes.data(), 4))) return std::nullopt;
    literal.size = 4;
    return literal;
  }
  if (!parse_ipv6(host.substr(0, host.find('%')), literal.bytes)) return std::nullopt;
  literal.size = 16;
  return literal;
}

}  // namespace kedge::codec
