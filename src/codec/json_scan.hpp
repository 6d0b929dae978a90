#pragma once
// Moving over JSON bytes. The skipping functions take validated text, or its beginning, and never run past
// the end.

#include <cstddef>
#include <string_view>

namespace kedge::json {

[[nodiscard]] constexpr bool is_space(char c) noexcept {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}
[[nodiscard]] constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

/// The index of the first byte from `at` on that is a quote, a backslash, a control character or not ASCII.
[[nodiscard]] std::size_t skip_plain(std::string_view text, std::size_t at) noexcept;
[[nodiscard]] std::size_t skip_space(std::string_view text, std::size_t at) noexcept;
/// The index after the string whose opening quote is at `at`.
[[nodiscard]] std::size_t skip_string(std::string_view text, std::size_t at) noexcept;
/// The index after the value that begins at `at`.
[[nodiscard]] std::size_t skip_value(std::string_view text, std::size_t at) noexcept;

}  // namespace kedge::json
