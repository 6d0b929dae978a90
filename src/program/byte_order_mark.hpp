#pragma once
// What some editors put before a text in UTF-8, and RFC 8259 section 8.1 lets a reader skip.

#include <string_view>

namespace kedge::program {

[[nodiscard]] constexpr std::string_view without_byte_order_mark(std::string_view text) noexcept {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  return text.starts_with(mark) ? text.substr(mark.size()) : text;
}

}  // namespace kedge::program
