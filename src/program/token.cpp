#include "token.hpp"

#include "../codec/utf8.hpp"
#include "byte_order_mark.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace kedge::program {

namespace {

bool is_printable_ascii(char c) noexcept {
  return c >= 0x20 && c <= 0x7E;
}

/// The character at `at` in a text: its code point where it is UTF-8, else its first byte. The token itself
/// must not be told.
Error unprintable(std::string_view text, std::size_t at) noexcept {
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  const std::string_view character = text.substr(at, size);
  unsigned code_point = size == 1 ? lead : lead & (0x7FU >> size);
  for (const char c : character.substr(1))
    code_point = code_point << 6 | (static_cast<unsigned char>(c) & 0x3FU);
  const bool utf8 = codec::utf8_valid(character);
  std::array<char, 96> words{};
  (void)std::snprintf(words.data(), words.size(), "holds %s%0*X at byte %zu, which is not printable ASCII",
                      utf8 ? "U+" : "the byte 0x", utf8 ? 4 : 2, utf8 ? code_point : lead, at + 1);
  return Error(ErrorKind::config, words.data());
}

}  // namespace

Result<void> take_token(std::string_view text, Secret& token) noexcept {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    return Error(ErrorKind::config, "is UTF-16: a token is printable ASCII");
  }
  text = without_byte_order_mark(text);
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  if (text.empty()) return Error(ErrorKind::config, "is empty");
  if (text.size() > token.capacity()) {
    return Error(ErrorKind::config, "is longer than ")
        .append(static_cast<std::int64_t>(token.capacity()))
        .append(" bytes");
  }
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!is_printable_ascii(text[at])) return unprintable(text, at);
  }
  return token.assign(text);
}

Result<void> read_token_file(const KeptFile& file, Secret& token) {
  SecretText text(token_file_bytes_max + 1);
  if (auto read = file.read(text); !read) return read;
  return take_token(text.view(), token);
}

bool TokenSource::is_given() const noexcept {
  const char* value = std::getenv(variable_);
  return !file_.path().empty() || (value != nullptr && *value != '\0');
}

Error TokenSource::of_file(const Error& why) const noexcept {
  return Error(why.kind(), "the token file ").append(file_.path()).append(": ").append(why.message());
}

Result<void> TokenSource::read() noexcept {
  if (!file_.path().empty()) {
    const auto read = read_token_file(file_, last_);
    return read ? read : of_file(read.error());
  }
  const char* value = std::getenv(variable_);
  if (value == nullptr || *value == '\0') {
    return Error(ErrorKind::config, "no token: set ").append(variable_).append(" or give --token-file FILE");
  }
  if (auto taken = take_token(value, last_); !taken) {
    return Error(ErrorKind::config, variable_).append(": ").append(taken.error().message());
  }
  return {};
}

Result<void> TokenSource::prepare(const Patience& patience) noexcept {
  if (!file_.path().empty()) {
    if (const auto prepared = file_.prepare(patience); !prepared) return of_file(prepared.error());
  }
  return read();
}

Result<void> TokenSource::give(Secret& token) noexcept {
  if (auto done = read(); !done) return done;
  return token.assign(last_.reveal());
}

}  // namespace kedge::program
