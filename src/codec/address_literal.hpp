#pragma once
// Is a host an IP address? Certificates name those apart from names, and SNI never carries them.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace kedge::codec {

/// An address as an iPAddress SAN holds it: 4 or 16 bytes (RFC 5280 section 4.2.1.6).
struct AddressLiteral {
  std::array<std::uint8_t, 16> bytes{};
  std::size_t size = 0;
};

/// Reads `192.0.2.1` or `2001:db8::1` (RFC 4291 section 2.2, with an embedded IPv4 tail or a `%zone`, which
/// is passed over). Nothing when `host` is not an address.
[[nodiscard]] std::optional<AddressLiteral> parse_address_literal(std::string_view host) noexcept;

}  // namespace kedge::codec
