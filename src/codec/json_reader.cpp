#include <kedge/json_reader.hpp>

#include "json_scan.hpp"

#include <algorithm>

namespace kedge::json {

void Reader::feed(std::string_view piece, bool last) noexcept {
  if (reason_ != nullptr) return;
  if (last_ || at_ != piece_.size()) {
    misused_ = true;
    fail(last_ ? "fed after the last piece" : "fed before the piece before it was read");
    return;
  }
  base_ += piece_.size();
  piece_ = piece;
  at_ = 0;
  last_ = last;
}

Error Reader::error() const noexcept {
  if (reason_ == nullptr) return {};
  Error error(misused_ ? ErrorKind::config : ErrorKind::protocol, "JSON: ");
  error.append(reason_).append(" at byte ").append(static_cast<std::int64_t>(offset()));
  return error;
}

Token Reader::fail(const char* reason) noexcept {
  reason_ = reason;
  raw_ = {};
  return Token::error;
}

Token Reader::used_up() noexcept {
  return last_ ? fail("the text ends too early") : Token::need_more;
}

Token Reader::next() noexcept {
  if (reason_ != nullptr) return Token::error;
  raw_ = {};
  first_part_ = last_part_ = false;
  switch (inside_) {
    case Inside::string:
      return read_string();
    case Inside::number:
      return read_number();
    case Inside::literal:
      return read_literal();
    case Inside::nothing:
      break;
  }
  while (at_ < piece_.size()) {
    const char c = piece_[at_];
    if (is_space(c)) {
      ++at_;
      continue;
    }
    Token token = Token::need_more;
    if (structural(c, token)) return token;
  }
  if (expect_ == Expect::nothing && last_) return Token::end;
  return used_up();
}

// One byte between tokens: false when it was punctuation and the next byte decides.
bool Reader::structural(char c, Token& token) noexcept {
  token_offset_ = offset();
  switch (expect_) {
    case Expect::value_or_end:
      token = c == ']' ? end_container(false) : begin_value(c);
      return true;
    case Expect::value:
      token = begin_value(c);
      return true;
    case Expect::key_or_end:
    case Expect::key:
      if (c == '}' && expect_ == Expect::key_or_end) {
        token = end_container(true);
      } else if (c == '"') {
        is_key_ = true;
        token = begin_value(c);
      } else {
        token = fail("expected a key in quotes");
      }
      return true;
    case Expect::colon:
      if (c != ':') break;
      ++at_;
      expect_ = Expect::value;
      return false;
    case Expect::comma_or_end:
      if (c == (in_object() ? '}' : ']')) {
        token = end_container(in_object());
        return true;
      }
      if (c != ',') break;
      ++at_;
      expect_ = in_object() ? Expect::key : Expect::value;
      return false;
    case Expect::nothing:
      token = fail("bytes after the end");
      return true;
  }
  token = fail(expect_ == Expect::colon ? "expected ':'" : "expected ',' or the end of the object or array");
  return true;
}

Token Reader::begin_value(char c) noexcept {
  if (c == '{' || c == '[') return begin_container(c == '{');
  started_ = false;
  carry_size_ = 0;
  if (c == '"') {
    ++at_;
    inside_ = Inside::string;
    string_state_ = StringState::plain;
    return read_string();
  }
  if (c == '-' || is_digit(c)) {
    number_state_ = NumberState::start;
    inside_ = Inside::number;
    return read_number();
  }
  if (c == 't' || c == 'f' || c == 'n') {
    literal_ = c == 't' ? "true" : c == 'f' ? "false" : "null";
    literal_token_ = c == 't' ? Token::true_value : c == 'f' ? Token::false_value : Token::null;
    inside_ = Inside::literal;
    return read_literal();
  }
  return fail("expected a value");
}

bool Reader::in_object() const noexcept {
  const unsigned level = depth_ - 1U;
  return (objects_[level / 8] >> (level % 8) & 1U) != 0;
}

Token Reader::begin_container(bool object) noexcept {
  if (depth_ == depth_max_) return fail("nested too deep");
  ++at_;
  const unsigned level = depth_++;
  const auto bit = static_cast<std::uint8_t>(1U << (level % 8));
  const unsigned others = objects_[level / 8] & ~static_cast<unsigned>(bit);
  objects_[level / 8] = static_cast<std::uint8_t>(others | (object ? bit : 0U));
  expect_ = object ? Expect::key_or_end : Expect::value_or_end;
  return object ? Token::begin_object : Token::begin_array;
}

Token Reader::end_container(bool object) noexcept {
  ++at_;
  --depth_;
  value_ended();
  return object ? Token::end_object : Token::end_array;
}

void Reader::value_ended() noexcept {
  inside_ = Inside::nothing;
  expect_ = depth_ == 0 ? Expect::nothing : Expect::comma_or_end;
}

Token Reader::read_literal() noexcept {
  while (*literal_ != '\0') {
    if (at_ == piece_.size()) return used_up();
    if (piece_[at_] != *literal_) return fail("expected true, false or null");
    ++at_;
    ++literal_;
  }
  value_ended();
  return literal_token_;
}

bool Reader::number_complete(NumberState state) noexcept {
  return state == NumberState::zero || state == NumberState::integer || state == NumberState::fraction ||
         state == NumberState::e_digits;
}

// RFC 8259 section 6. False when the byte does not continue the number.
bool Reader::number_byte(NumberState& state, char c) noexcept {
  const bool digit = is_digit(c);
  switch (state) {
    case NumberState::start:
      if (c == '-') {
        state = NumberState::minus;
        return true;
      }
      [[fallthrough]];
    case NumberState::minus:
      if (digit) state = c == '0' ? NumberState::zero : NumberState::integer;
      return digit;
    case NumberState::zero:
    case NumberState::integer:
      if (digit) return state == NumberState::integer;
      if (c == '.') {
        state = NumberState::point;
      } else if (c == 'e' || c == 'E') {
        state = NumberState::e;
      } else {
        return false;
      }
      return true;
    case NumberState::point:
    case NumberState::fraction:
      if (digit) {
        state = NumberState::fraction;
        return true;
      }
      if (state == NumberState::point || (c != 'e' && c != 'E')) return false;
      state = NumberState::e;
      return true;
    case NumberState::e:
      if (c == '+' || c == '-') {
        state = NumberState::e_sign;
        return true;
      }
      [[fallthrough]];
    case NumberState::e_sign:
    case NumberState::e_digits:
      if (digit) state = NumberState::e_digits;
      return digit;
  }
  return false;
}

Token Reader::number_part(std::string_view raw, bool last) noexcept {
  raw_ = raw;
  first_part_ = !started_;
  last_part_ = last;
  started_ = true;
  carry_size_ = 0;
  if (last) value_ended();
  return Token::number;
}

// A number that straddles pieces is kept in `carry_` while it fits, so that all but absurd ones come whole.
Token Reader::read_number() noexcept {
  NumberState state = number_state_;
  std::size_t end = at_;
  while (end < piece_.size() && number_byte(state, piece_[end])) ++end;
  const bool ended = end < piece_.size() || last_;
  if (ended && !number_complete(state)) {
    at_ = end;
    return fail(end < piece_.size() ? "a malformed number" : "the text ends too early");
  }
  if (end < piece_.size() && state == NumberState::zero && is_digit(piece_[end])) {
    at_ = end;
    return fail("a number with a leading zero");
  }
  const std::string_view here = piece_.substr(at_, end - at_);
  const bool fits = carry_size_ + here.size() <= carry_.size();
  if (carry_size_ > 0 && !fits) return number_part({carry_.data(), carry_size_}, false);
  number_state_ = state;
  at_ = end;
  if (carry_size_ == 0 && (ended || !fits)) return number_part(here, ended);
  std::copy(here.begin(), here.end(), carry_.begin() + carry_size_);
  carry_size_ = static_cast<std::uint8_t>(carry_size_ + here.size());
  if (!ended) return Token::need_more;
  return number_part({carry_.data(), carry_size_}, true);
}

}  // namespace kedge::json
