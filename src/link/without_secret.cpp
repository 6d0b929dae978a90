#include "without_secret.hpp"

#include "../codec/base64.hpp"
#include "../codec/hex.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <span>

namespace kedge {

namespace {

/// So many characters of a credential tell that it is there.
constexpr std::size_t telling = 8;

/// A character that is written as several: how many they are, and which it is.
struct Escape {
  std::size_t length;
  char character;
};

std::optional<char> hex_character(std::string_view digits) noexcept {
  unsigned value = 0;
  for (const char digit : digits) {
    const int nibble = codec::hex_digit(digit);
    if (nibble < 0) return std::nullopt;
    value = value << 4U | static_cast<unsigned>(nibble);
  }
  return static_cast<char>(value);
}

/// JSON's escapes (RFC 8259 section 7), and percent-encoding (RFC 3986 section 2.1).
std::optional<Escape> escape_at(std::string_view text) noexcept {
  if (text.size() >= 6 && text.starts_with("\\u00")) {
    if (const auto character = hex_character(text.substr(4, 2))) return Escape{6, *character};
  }
  if (text.size() >= 3 && text[0] == '%') {
    if (const auto character = hex_character(text.substr(1, 2))) return Escape{3, *character};
  }
  if (text.size() >= 2 && text[0] == '\\') return Escape{2, text[1]};
  return std::nullopt;
}

bool begins_with(std::string_view text, std::string_view wanted) noexcept {
  for (const char character : wanted) {
    const auto escape = escape_at(text);
    if (escape && escape->character == character) {
      text.remove_prefix(escape->length);
    } else if (!text.empty() && text.front() == character) {
      text.remove_prefix(1);
    } else {
      return false;
    }
  }
  return true;
}

/// Wherever the credential stands in what was encoded, one of three ways cuts it into threes.
bool holds_base64(std::string_view text, std::string_view token) noexcept {
  constexpr std::size_t group_bytes = telling / 4 * 3;
  for (std::size_t skipped = 0; skipped < 3 && token.size() >= skipped + group_bytes; ++skipped) {
    const std::string_view group = token.substr(skipped, group_bytes);
    for (const auto alphabet : {codec::Base64::standard, codec::Base64::url}) {
      std::array<char, telling> encoded{};
      const auto wanted =
          codec::base64_encode(std::as_bytes(std::span(group.data(), group.size())), encoded, alphabet);
      if (wanted && text.find(*wanted) != std::string_view::npos) return true;
    }
  }
  return false;
}

}  // namespace

bool holds_secret(std::string_view text, const Secret& secret) noexcept {
  const std::string_view token = secret.reveal();
  if (token.empty()) return false;
  const std::string_view beginning = token.substr(0, telling);
  // First as it is: what looks like an escape may be the credential's own.
  if (text.find(beginning) != std::string_view::npos) return true;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (begins_with(text.substr(at), beginning)) return true;
  }
  return holds_base64(text, token);
}

Error without_secret(const Error& error, const Secret& secret, std::string_view instead) noexcept {
  if (!holds_secret(error.message(), secret)) return error;
  return Error(error.kind(), error.layer(), error.layer_code(), instead)
      .with_code(error.code())
      .with_retry_after(error.retry_after())
      .with_may_have_run(error.may_have_run());
}

}  // namespace kedge
