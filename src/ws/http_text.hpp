#pragma once
// Characters of HTTP (RFC 9110 section 5.6, RFC 9112): no locale, no allocation.

#include <kedge/error.hpp>

#include <cstddef>
#include <string_view>

namespace kedge::ws {

[[nodiscard]] constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool is_alpha(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
[[nodiscard]] constexpr char to_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// A character of a token (RFC 9110 section 5.6.2).
[[nodiscard]] constexpr bool is_token_char(char c) noexcept {
  return is_alpha(c) || is_digit(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
/// A non-empty token.
[[nodiscard]] constexpr bool is_token(std::string_view text) noexcept {
  for (const char c : text) {
    if (!is_token_char(c)) return false;
  }
  return !text.empty();
}
/// ASCII that prints, without the space: what a URL is written in.
[[nodiscard]] constexpr bool is_visible_ascii(std::string_view text) noexcept {
  for (const char c : text) {
    if (c <= ' ' || c > '~') return false;
  }
  return true;
}

[[nodiscard]] constexpr bool equal_without_case(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  }
  return true;
}

/// Without optional white space at both ends (RFC 9110 section 5.6.3).
[[nodiscard]] constexpr std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Appends a text, each character that does not print as `_`, each space as `space`; cut, and seen to be,
/// where the words are full.
Error& append_visible(Error& error, std::string_view text, char space = '_') noexcept;

}  // namespace kedge::ws
