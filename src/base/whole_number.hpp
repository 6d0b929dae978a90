#pragma once
// A whole number as people and programs write it.

#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace kedge {

/// Whether the text is decimal digits and nothing else: no sign, blank, point or exponent, in a variable, a
/// file, a body or a query alike.
[[nodiscard]] constexpr bool is_digits(std::string_view text) noexcept {
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return !text.empty();
}

/// The number that such a text stands for; none when it is no such text, or out of its range.
[[nodiscard]] inline std::optional<std::uint64_t> whole_number(
    std::string_view text, std::uint64_t least = 0,
    std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) noexcept {
  if (!is_digits(text)) return std::nullopt;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number < least || number > most) return std::nullopt;
  return number;
}

}  // namespace kedge
