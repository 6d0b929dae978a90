#pragma once
// Plain references: UTF-8 and base64 by their definitions, slow and without cleverness, to compare ours with.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kedge::fuzz {

/// Bytes of the character that begins here, 0 when there is none (RFC 3629: its value is computed and
/// judged).
[[nodiscard]] inline std::size_t reference_utf8_character(std::string_view text) {
  if (text.empty()) return 0;
  const auto lead = static_cast<unsigned char>(text[0]);
  std::size_t size = 0;
  std::uint32_t value = 0;
  if (lead < 0x80) return 1;
  if (lead >> 5U == 0b110) size = 2, value = lead & 0x1FU;
  if (lead >> 4U == 0b1110) size = 3, value = lead & 0x0FU;
  if (lead >> 3U == 0b11110) size = 4, value = lead & 0x07U;
  if (size == 0 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if (next >> 6U != 0b10) return 0;
    value = value << 6U | (next & 0x3FU);
  }
  constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  return value >= least[size] && value <= 0x10FFFF && !surrogate ? size : 0;
}

/// How a text stands after its last byte.
enum class Utf8Ending { whole, inside_character, impossible };

[[nodiscard]] inline Utf8Ending reference_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = reference_utf8_character(text);
    if (size == 0) break;
    text.remove_prefix(size);
  }
  if (text.empty()) return Utf8Ending::whole;
  // The beginning of a character can be continued by the least or by the greatest continuation, if at all.
  for (const char filler : {'\x80', '\xBF'}) {
    std::string filled(text);
    while (filled.size() < 4) {
      filled += filler;
      if (reference_utf8_character(filled) == filled.size()) return Utf8Ending::inside_character;
    }
  }
  return Utf8Ending::impossible;
}

inline constexpr std::string_view base64_standard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
inline constexpr std::string_view base64_url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// RFC 4648 section 4: the bits in a row, six at a time.
[[nodiscard]] inline std::string reference_base64_encode(std::string_view bytes, std::string_view alphabet,
                                                         bool padded) {
  std::string text;
  const auto bit = [&](std::size_t at) -> unsigned {
    if (at / 8 >= bytes.size()) return 0;
    return static_cast<unsigned char>(bytes[at / 8]) >> (7 - at % 8) & 1U;
  };
  for (std::size_t at = 0; at < bytes.size() * 8; at += 6) {
    unsigned index = 0;
    for (std::size_t i = 0; i < 6; ++i) index = index << 1U | bit(at + i);
    text += alphabet[index];
  }
  while (padded && text.size() % 4 != 0) text += '=';
  return text;
}

/// The bytes whose encoding is `text`, if there are any: decoded leniently, then encoded and compared.
[[nodiscard]] inline std::optional<std::string> reference_base64_decode(std::string_view text,
                                                                        std::string_view alphabet,
                                                                        bool padded) {
  std::string bytes;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const std::size_t index = alphabet.find(c);
    if (index == std::string_view::npos) break;
    bits = bits << 6U | static_cast<std::uint32_t>(index);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 0xFFU);
  }
  if (reference_base64_encode(bytes, alphabet, padded) != text) return std::nullopt;
  return bytes;
}

}  // namespace kedge::fuzz
