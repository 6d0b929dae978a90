#pragma once
// Bytes as hexadecimal text: written in lower case, read in either.

#include <kedge/result.hpp>

#include <cstddef>
#include <span>
#include <string_view>

namespace kedge::codec {

/// The value of one hexadecimal digit, -1 for anything else.
[[nodiscard]] constexpr int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Writes two lower-case digits a byte into `out`. Errors: too_large.
Result<std::string_view> hex_encode(std::span<const std::byte> bytes, std::span<char> out) noexcept;
/// Reads pairs of digits into `out` and returns the part written. Errors: protocol (an odd number of digits,
/// or something else than digits), too_large. The text itself is never in the error.
Result<std::span<std::byte>> hex_decode(std::string_view text, std::span<std::byte> out) noexcept;

}  // namespace kedge::codec
