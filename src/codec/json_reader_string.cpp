// The reader's strings: parts, and what must not be cut between two of them.

#include <kedge/json_reader.hpp>

#include "hex.hpp"
#include "json_scan.hpp"
#include "utf8.hpp"

#include <algorithm>

namespace kedge::json {

Token Reader::string_part(std::string_view raw, bool last) noexcept {
  raw_ = raw;
  first_part_ = !started_;
  last_part_ = last;
  started_ = true;
  const Token token = is_key_ ? Token::key : Token::string;
  if (!last) return token;
  if (is_key_) {
    is_key_ = false;
    inside_ = Inside::nothing;
    expect_ = Expect::colon;
  } else {
    value_ended();
  }
  return token;
}

Token Reader::read_string() noexcept {
  if (carry_size_ > 0) return read_carried_string();
  const std::size_t begin = at_;
  std::size_t boundary = at_;  // the end of the last whole character or escape
  while (at_ < piece_.size()) {
    if (string_state_ == StringState::plain) {
      at_ = boundary = skip_plain(piece_, at_);
      if (at_ == piece_.size()) break;
      if (piece_[at_] == '"') {
        ++at_;
        return string_part(piece_.substr(begin, boundary - begin), true);
      }
    }
    if (const char* reason = string_byte(static_cast<unsigned char>(piece_[at_]))) return fail(reason);
    ++at_;
    if (string_state_ == StringState::plain) boundary = at_;
  }
  if (last_) return used_up();
  const std::string_view torn = piece_.substr(boundary);
  std::copy(torn.begin(), torn.end(), carry_.begin());
  carry_size_ = static_cast<std::uint8_t>(torn.size());
  if (boundary == begin) return Token::need_more;
  return string_part(piece_.substr(begin, boundary - begin), false);
}

// Completes the one character or escape that the piece before began: at most a surrogate pair's 12 bytes.
Token Reader::read_carried_string() noexcept {
  while (at_ < piece_.size()) {
    const char c = piece_[at_];
    if (const char* reason = string_byte(static_cast<unsigned char>(c))) return fail(reason);
    ++at_;
    carry_[carry_size_++] = c;
    if (string_state_ == StringState::plain) {
      const std::string_view torn(carry_.data(), carry_size_);
      carry_size_ = 0;
      return string_part(torn, false);
    }
  }
  return used_up();
}

// One byte of a string other than plain ASCII between characters. The reason when it cannot be, else nullptr.
const char* Reader::string_byte(unsigned char c) noexcept {
  constexpr const char* lone = "a lone surrogate";
  switch (string_state_) {
    case StringState::plain:
      if (c < 0x20) return "a control character in a string";
      if (c == '\\') {
        string_state_ = StringState::escape;
        return nullptr;
      }
      utf8_ = 0;
      [[fallthrough]];
    case StringState::utf8:
      utf8_ = codec::utf8_step(utf8_, c);
      if (utf8_ == codec::utf8_invalid) return "invalid UTF-8";
      string_state_ = utf8_ == 0 ? StringState::plain : StringState::utf8;
      return nullptr;
    case StringState::escape:
      if (c != 'u') {
        string_state_ = StringState::plain;
        return std::string_view("\"\\/bfnrt").find(static_cast<char>(c)) != std::string_view::npos
                   ? nullptr
                   : "an unknown escape";
      }
      hex_ = 0;
      hex_count_ = 0;
      string_state_ = StringState::hex;
      return nullptr;
    case StringState::low_backslash:
      if (c != '\\') return lone;
      string_state_ = StringState::low_u;
      return nullptr;
    case StringState::low_u:
      if (c != 'u') return lone;
      hex_ = 0;
      hex_count_ = 0;
      string_state_ = StringState::low_hex;
      return nullptr;
    case StringState::hex:
    case StringState::low_hex:
      return hex_byte(c);
  }
  return nullptr;
}

const char* Reader::hex_byte(unsigned char c) noexcept {
  const int digit = codec::hex_digit(static_cast<char>(c));
  if (digit < 0) return "an escape without four hexadecimal digits";
  hex_ = static_cast<std::uint16_t>(static_cast<unsigned>(hex_) << 4U | static_cast<unsigned>(digit));
  if (++hex_count_ < 4) return nullptr;
  const bool high = hex_ >= 0xD800 && hex_ < 0xDC00;
  const bool low = hex_ >= 0xDC00 && hex_ < 0xE000;
  if (low != (string_state_ == StringState::low_hex)) return "a lone surrogate";
  string_state_ = high ? StringState::low_backslash : StringState::plain;
  return nullptr;
}

}  // namespace kedge::json
