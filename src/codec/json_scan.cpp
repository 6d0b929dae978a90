#include "json_scan.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace kedge::json {
namespace {

constexpr std::uint64_t ones = 0x0101010101010101U;
constexpr std::uint64_t highs = 0x8080808080808080U;

// The high bit of each byte that is zero; bytes above a zero byte may show one too, which only costs time.
constexpr std::uint64_t zero_bytes(std::uint64_t word) noexcept {
  return (word - ones) & ~word & highs;
}

constexpr bool has_special(std::uint64_t word) noexcept {
  const std::uint64_t below_space = (word - ones * 0x20U) & ~word & highs;
  return (below_space | zero_bytes(word ^ (ones * '"')) | zero_bytes(word ^ (ones * '\\')) |
          (word & highs)) != 0;
}

constexpr bool is_plain(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

}  // namespace

std::size_t skip_plain(std::string_view text, std::size_t at) noexcept {
  while (text.size() - at >= sizeof(std::uint64_t)) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, sizeof word);
    if (has_special(word)) break;
    at += sizeof word;
  }
  while (at < text.size() && is_plain(text[at])) ++at;
  return at;
}

std::size_t skip_space(std::string_view text, std::size_t at) noexcept {
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

std::size_t skip_string(std::string_view text, std::size_t at) noexcept {
  const std::size_t first = at + 1;
  std::size_t quote = first;
  while (true) {
    quote = text.find('"', quote);
    if (quote == std::string_view::npos) return text.size();
    // A quote belongs to the string when an odd number of backslashes stands before it.
    std::size_t backslashes = 0;
    while (quote - backslashes > first && text[quote - backslashes - 1] == '\\') ++backslashes;
    ++quote;
    if (backslashes % 2 == 0) return quote;
  }
}

std::size_t skip_value(std::string_view text, std::size_t at) noexcept {
  // The text is valid, so brackets match and counting them is enough.
  std::size_t depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = skip_string(text, at);
      if (depth == 0) return at;
      continue;
    }
    if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (depth == 0) return at;  // the end of what holds a number or literal
      if (--depth == 0) return at + 1;
    } else if (depth == 0 && (c == ',' || is_space(c))) {
      return at;
    }
    ++at;
  }
  return std::min(at, text.size());
}

}  // namespace kedge::json
