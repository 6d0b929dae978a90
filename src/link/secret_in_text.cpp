#include "secret_in_text.hpp"

#include "../codec/hex.hpp"
#include "../codec/utf8.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

namespace kedge {

namespace {

/// So much of a secret tells where it is in base64: eight characters.
constexpr std::size_t telling_in_base64 = telling_bytes / 4 * 3;
/// Fewer bytes are in the decoded form of too many words.
constexpr std::size_t shortest_in_base64 = 4;

/// A character that is written as several: how many they are, and its bytes.
struct Escape {
  std::size_t length = 0;
  std::array<char, 4> bytes{};
  std::size_t size = 0;

  [[nodiscard]] std::string_view text() const noexcept { return {bytes.data(), size}; }
};

Escape of_byte(std::size_t length, char byte) noexcept {
  return {length, {byte}, 1};
}

std::optional<std::uint32_t> hex_number(std::string_view digits) noexcept {
  std::uint32_t value = 0;
  for (const char digit : digits) {
    const int nibble = codec::hex_digit(digit);
    if (nibble < 0) return std::nullopt;
    value = value << 4U | static_cast<std::uint32_t>(nibble);
  }
  return value;
}

/// `\uXXXX`.
std::optional<std::uint32_t> code_unit_at(std::string_view text) noexcept {
  if (text.size() < 6 || !text.starts_with("\\u")) return std::nullopt;
  return hex_number(text.substr(2, 4));
}

std::optional<Escape> unicode_at(std::string_view text) noexcept {
  const auto unit = code_unit_at(text);
  if (!unit) return std::nullopt;
  Escape escape{6, {}, 0};
  char32_t character = *unit;
  if (character >= 0xD800 && character < 0xE000) {
    const auto low = code_unit_at(text.substr(6));
    if (character >= 0xDC00 || !low || *low < 0xDC00 || *low >= 0xE000) return std::nullopt;
    character = 0x10000 + ((character - 0xD800) << 10U) + (*low - 0xDC00);
    escape.length = 12;
  }
  escape.size = codec::utf8_encode(character, escape.bytes);
  return escape;
}

bool may_be_escape(char c) noexcept {
  return c == '%' || c == '\\';
}

/// JSON's escapes (RFC 8259 section 7), and percent-encoding (RFC 3986 section 2.1).
std::optional<Escape> escape_at(std::string_view text) noexcept {
  if (text.size() >= 3 && text[0] == '%') {
    const auto byte = hex_number(text.substr(1, 2));
    return byte ? std::optional(of_byte(3, static_cast<char>(*byte))) : std::nullopt;
  }
  if (text.size() < 2 || text[0] != '\\') return std::nullopt;
  constexpr std::string_view letters = "bfnrt";
  constexpr std::string_view controls = "\b\f\n\r\t";
  if (const std::size_t which = letters.find(text[1]); which != std::string_view::npos) {
    return of_byte(2, controls[which]);
  }
  return text[1] == 'u' ? unicode_at(text) : of_byte(2, text[1]);
}

/// `\u00XX` for a byte, as those write it who take bytes for Latin-1.
std::optional<Escape> escape_of_byte_at(std::string_view text) noexcept {
  const auto unit = code_unit_at(text);
  return unit && *unit <= 0xFF ? std::optional(of_byte(6, static_cast<char>(*unit))) : std::nullopt;
}

/// The secret behind `bytes`, if it goes on with them.
std::optional<SecretBytes> behind(SecretBytes secret, std::string_view bytes) noexcept {
  for (const char byte : bytes) {
    if (secret.empty() || secret.take() != byte) return std::nullopt;
  }
  return secret;
}

struct Spelled {
  std::size_t characters = 0;  ///< of the text
  std::size_t bytes = 0;       ///< of the secret
  bool whole = false;
};

/// How much of a secret a text begins with.
Spelled spelled(std::string_view text, SecretBytes secret, bool escapes) noexcept {
  Spelled so_far;
  while (!secret.empty()) {
    if (text.empty()) return so_far;
    Escape character = of_byte(1, text.front());
    auto rest = behind(secret, character.text());
    // Where an escape can be both, it is one.
    for (const auto& escape : {escape_of_byte_at(text), escape_at(text)}) {
      const auto behind_escape = escapes && escape ? behind(secret, escape->text()) : std::nullopt;
      if (!behind_escape) continue;
      character = *escape;
      rest = behind_escape;
    }
    if (!rest) return so_far;
    secret = *rest;
    text.remove_prefix(character.length);
    so_far.characters += character.length;
    so_far.bytes += character.size;
  }
  so_far.whole = true;
  return so_far;
}

bool is_alphanumeric(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Also behind an escape, whose last character may be a letter.
bool word_begins(std::string_view text, std::size_t at) noexcept {
  if (at == 0 || !is_alphanumeric(text[at - 1])) return true;
  for (const std::size_t length : {2U, 3U, 6U}) {
    if (at < length) return false;
    const auto escape = escape_at(text.substr(at - length, length));
    if (escape && escape->length == length && !is_alphanumeric(escape->bytes[0])) return true;
  }
  return false;
}

bool word_ends(std::string_view text, std::size_t at) noexcept {
  return at == text.size() || !is_alphanumeric(text[at]);
}

/// The next space, control character or quotation mark.
std::size_t end_of_words(std::string_view text, std::size_t at) noexcept {
  while (at < text.size() && static_cast<unsigned char>(text[at]) > ' ' && text[at] != '"') ++at;
  return at;
}

/// A character of base64, and how it is written.
struct Symbol {
  static constexpr int none = -1;
  static constexpr int padding = 64;
  std::size_t length = 1;
  int value = none;
};

int base64_value(char c) noexcept {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return c == '=' ? Symbol::padding : Symbol::none;
}

Symbol symbol_at(std::string_view text) noexcept {
  const auto escape = may_be_escape(text.front()) ? escape_at(text) : std::nullopt;
  if (!escape) return {1, base64_value(text.front())};
  return {escape->length, escape->size == 1 ? base64_value(escape->bytes[0]) : Symbol::none};
}

/// Looks for a secret in bytes that come one by one.
class ByteSearch {
 public:
  explicit ByteSearch(SecretBytes secret) noexcept : is_word_(secret.size() < telling_bytes) {
    while (wanted_size_ < (is_word_ ? telling_bytes - 1 : telling_in_base64) && !secret.empty()) {
      wanted_[wanted_size_++] = secret.take();
    }
  }
  /// True when it has been found.
  bool push(char byte) noexcept {
    if (is_word_ && matches() && !is_alphanumeric(byte)) return true;
    std::copy(last_.begin() + 1, last_.end(), last_.begin());
    last_.back() = byte;
    seen_ = std::min(seen_ + 1, last_.size());
    return !is_word_ && matches();
  }
  /// Nothing more comes.
  [[nodiscard]] bool end() const noexcept { return is_word_ && matches(); }

 private:
  [[nodiscard]] bool matches() const noexcept {
    if (seen_ < wanted_size_) return false;
    if (is_word_ && seen_ > wanted_size_ && is_alphanumeric(last_[last_.size() - wanted_size_ - 1]))
      return false;
    return std::equal(wanted_.begin(), wanted_.begin() + static_cast<std::ptrdiff_t>(wanted_size_),
                      last_.end() - static_cast<std::ptrdiff_t>(wanted_size_));
  }

  bool is_word_;
  std::array<char, telling_bytes> wanted_{};
  std::size_t wanted_size_ = 0;
  std::array<char, telling_bytes> last_{};  // the wanted ones and the one before them
  std::size_t seen_ = 0;
};

/// `count` bits of the run's first byte are in front of it.
bool base64_shows_behind(unsigned count, std::string_view run, const SecretBytes& secret) noexcept {
  ByteSearch search(secret);
  std::uint32_t bits = 0;
  while (!run.empty()) {
    const Symbol symbol = symbol_at(run);
    if (symbol.value < 0 || symbol.value >= Symbol::padding) break;
    run.remove_prefix(symbol.length);
    bits = (bits << 6U | static_cast<std::uint32_t>(symbol.value)) & 0xFFFFU;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    if (search.push(static_cast<char>(bits >> count & 0xFFU))) return true;
  }
  return search.end();
}

}  // namespace

char SecretBytes::take() noexcept {
  if (percent_encoded_) {
    if (const auto escape = escape_at(rest_); escape && rest_.front() == '%') {
      rest_.remove_prefix(escape->length);
      return escape->bytes[0];
    }
  }
  const char byte = rest_.front();
  rest_.remove_prefix(1);
  return byte;
}

std::size_t SecretBytes::size() const noexcept {
  SecretBytes rest = *this;
  std::size_t count = 0;
  for (; count < telling_bytes && !rest.empty(); ++count) rest.take();
  return count;
}

std::size_t end_of_secret(std::string_view text, std::size_t at, const SecretBytes& secret) noexcept {
  // Nearly every place of a text.
  if (secret.empty() || (!may_be_escape(text[at]) && text[at] != SecretBytes(secret).take())) return at;
  const bool is_word = secret.size() < telling_bytes;
  std::size_t end = at;
  // What looks like an escape may be the secret's own.
  for (const bool escapes : {false, true}) {
    const Spelled found = spelled(text.substr(at), secret, escapes);
    std::size_t found_end = at + found.characters;
    if (is_word && !(found.whole && word_begins(text, at) && word_ends(text, found_end))) {
      continue;
    }
    if (found.bytes < telling_bytes && !is_word) continue;
    if (!found.whole) found_end = end_of_words(text, found_end);
    end = std::max(end, found_end);
  }
  return end;
}

std::size_t base64_run(std::string_view text) noexcept {
  std::size_t end = 0;
  for (bool padded = false; end < text.size();) {
    const Symbol symbol = symbol_at(text.substr(end));
    if (symbol.value == Symbol::none || (padded && symbol.value != Symbol::padding)) break;
    padded = symbol.value == Symbol::padding;
    end += symbol.length;
  }
  return end;
}

bool base64_shows(std::string_view run, const SecretBytes& secret) noexcept {
  if (secret.size() < shortest_in_base64) return false;
  // What was encoded may have begun before the run, at any of four places of a byte.
  for (const unsigned bits_before : {0U, 2U, 4U, 6U}) {
    if (base64_shows_behind(bits_before, run, secret)) return true;
  }
  return false;
}

}  // namespace kedge
