#pragma once
// UTF-8 as it arrives (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace kedge::codec {

/// Checks a text that arrives in pieces; fails at the first byte that cannot be part of a valid text.
class Utf8Validator {
 public:
  /// False as soon as the text so far cannot be the beginning of a valid one; stays false until `reset`.
  [[nodiscard]] bool feed(std::span<const std::byte> piece) noexcept;
  /// Whether the text so far ends between characters.
  [[nodiscard]] bool complete() const noexcept { return state_ == 0; }
  void reset() noexcept { state_ = 0; }

 private:
  std::uint8_t state_ = 0;
};

[[nodiscard]] bool utf8_valid(std::string_view text) noexcept;

}  // namespace kedge::codec
