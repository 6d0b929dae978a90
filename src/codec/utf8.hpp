#pragma once
// UTF-8 as it arrives (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace kedge::codec {

/// Where a text stands between two bytes: 0 between characters, `utf8_invalid` for good, else inside one.
using Utf8State = std::uint8_t;
inline constexpr Utf8State utf8_invalid = 8;

/// The state after one more byte. `state` must not be `utf8_invalid`.
[[nodiscard]] Utf8State utf8_step(Utf8State state, unsigned char byte) noexcept;

/// Writes a code point (not a surrogate, at most U+10FFFF) and returns its length, 1 to 4.
[[nodiscard]] std::size_t utf8_encode(char32_t code_point, std::span<char, 4> out) noexcept;

/// Checks a text that arrives in pieces; fails at the first byte that cannot be part of a valid text.
class Utf8Validator {
 public:
  /// False as soon as the text so far cannot be the beginning of a valid one; stays false until `reset`.
  [[nodiscard]] bool feed(std::span<const std::byte> piece) noexcept;
  /// Whether the text so far ends between characters.
  [[nodiscard]] bool complete() const noexcept { return state_ == 0; }
  void reset() noexcept { state_ = 0; }

 private:
  bool feed_bytes(std::span<const std::byte> piece) noexcept;

  Utf8State state_ = 0;
};

[[nodiscard]] bool utf8_valid(std::string_view text) noexcept;

}  // namespace kedge::codec
