#include "printable.hpp"

#include "../codec/utf8.hpp"
#include "string_sink.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

namespace kedge::program {

namespace {

bool is_ascii(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x80;
}

bool is_bidirectional_control(char32_t c) noexcept {
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

bool needs_escape(char32_t c) noexcept {
  const bool control = c < 0x20 || (c >= 0x7F && c <= 0x9F);
  return control || c == 0x2028 || c == 0x2029 || is_bidirectional_control(c);
}

std::string as_utf8(std::string_view text) {
  std::string clean(text);
  if (codec::utf8_valid(text)) return clean;
  std::replace_if(
      clean.begin(), clean.end(), [](char c) { return !is_ascii(c); }, '?');
  return clean;
}

/// The first character of a text that is UTF-8 and not empty, and its bytes.
struct Character {
  char32_t code_point;
  std::string_view bytes;
};

Character first_of(std::string_view text) noexcept {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  // The lead byte of so many has size + 1 bits that say so.
  char32_t code_point = size == 1 ? lead : lead & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    code_point = code_point << 6 | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  return {code_point, text.substr(0, size)};
}

void append_escaped(std::string& into, char32_t c) {
  std::array<char, 16> escape{};
  (void)std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(c));
  into.append(escape.data());
}

}  // namespace

std::string printable(std::string_view text) {
  const std::string utf8 = as_utf8(text);
  std::string clean;
  clean.reserve(utf8.size());
  for (std::string_view rest = utf8; !rest.empty();) {
    const Character character = first_of(rest);
    if (needs_escape(character.code_point)) {
      append_escaped(clean, character.code_point);
    } else {
      clean.append(character.bytes);
    }
    rest.remove_prefix(character.bytes.size());
  }
  return clean;
}

std::string printable_json(std::string_view json) {
  // A control character in a string of JSON is escaped already (RFC 8259 section 7).
  std::string spaced(json);
  std::replace_if(
      spaced.begin(), spaced.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  return printable(spaced);
}

void write_text(json::Writer& writer, std::string_view name, std::string_view text) {
  StringSink sink;
  json::Writer(sink).value(std::string_view(as_utf8(text)));
  writer.key(name).raw(printable(sink.text()));
}

std::string_view beginning(std::string_view text, std::size_t bytes_max) noexcept {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  const auto continues = [text](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
  };
  while (end > 0 && end + 3 > bytes_max && continues(end)) --end;
  return text.substr(0, end);
}

}  // namespace kedge::program
