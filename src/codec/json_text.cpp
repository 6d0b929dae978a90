#include <kedge/json_text.hpp>

#include "hex.hpp"
#include "utf8.hpp"

namespace kedge::json {
namespace {

/// One escape sequence, decoded.
struct Escape {
  char text[4];
  std::size_t size;      // of `text`
  std::size_t raw_size;  // 0: malformed
};

// The four digits at `at`, or -1.
std::int32_t code_unit(std::string_view raw, std::size_t at) noexcept {
  if (raw.size() < 4 || at > raw.size() - 4) return -1;
  std::int32_t unit = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const int digit = codec::hex_digit(raw[at + i]);
    if (digit < 0) return -1;
    unit = unit << 4 | digit;
  }
  return unit;
}

Escape decode_unicode(std::string_view raw, std::size_t at) noexcept {
  Escape escape{};
  const std::int32_t unit = code_unit(raw, at + 2);
  if (unit < 0 || (unit >= 0xDC00 && unit < 0xE000)) return escape;
  auto code_point = static_cast<char32_t>(unit);
  escape.raw_size = 6;
  if (unit >= 0xD800 && unit < 0xDC00) {
    const bool paired = raw.substr(at + 6, 2) == "\\u";
    const std::int32_t low = paired ? code_unit(raw, at + 8) : -1;
    if (low < 0xDC00 || low >= 0xE000) return Escape{};
    code_point = static_cast<char32_t>(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
    escape.raw_size = 12;
  }
  escape.size = codec::utf8_encode(code_point, std::span<char, 4>(escape.text));
  return escape;
}

// The escape whose backslash is at `at`.
Escape decode_escape(std::string_view raw, std::size_t at) noexcept {
  if (at + 1 >= raw.size()) return Escape{};
  const char c = raw[at + 1];
  if (c == 'u') return decode_unicode(raw, at);
  constexpr std::string_view names = "\"\\/bfnrt";
  constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
  const std::size_t index = names.find(c);
  if (index == std::string_view::npos) return Escape{};
  return Escape{{meanings[index]}, 1, 2};
}

Error malformed() noexcept {
  return {ErrorKind::protocol, "JSON: a malformed escape in a string"};
}
Error no_room() noexcept {
  return {ErrorKind::too_large, "no room for a string"};
}

}  // namespace

Result<void> unescape(std::string_view raw, Sink& sink) noexcept {
  while (!raw.empty()) {
    const std::size_t backslash = raw.find('\\');
    const std::string_view plain = raw.substr(0, backslash);
    if (!plain.empty() && !sink.write(plain)) return no_room();
    if (backslash == std::string_view::npos) break;
    const Escape escape = decode_escape(raw, backslash);
    if (escape.raw_size == 0) return malformed();
    if (!sink.write(std::string_view(escape.text, escape.size))) return no_room();
    raw.remove_prefix(backslash + escape.raw_size);
  }
  return {};
}

Result<std::string_view> unescape(std::string_view raw, std::span<char> buffer) noexcept {
  if (raw.find('\\') == std::string_view::npos) return raw;
  BufferSink sink(buffer);
  const Result<void> done = unescape(raw, sink);
  if (!done) return done.error();
  return sink.text();
}

bool equals(std::string_view raw, std::string_view text) noexcept {
  while (true) {
    const std::size_t backslash = raw.find('\\');
    const std::string_view plain = raw.substr(0, backslash);
    if (backslash == std::string_view::npos) return plain == text;
    if (text.substr(0, plain.size()) != plain) return false;
    const Escape escape = decode_escape(raw, backslash);
    if (escape.raw_size == 0) return false;
    text.remove_prefix(plain.size());
    const std::string_view meaning(escape.text, escape.size);
    if (text.substr(0, meaning.size()) != meaning) return false;
    text.remove_prefix(meaning.size());
    raw.remove_prefix(backslash + escape.raw_size);
  }
}

}  // namespace kedge::json
