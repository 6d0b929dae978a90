#include "id_scanner.hpp"

#include <kedge/json_text.hpp>

namespace kedge::agent_gate {

using Kind = ReplyId::Kind;

void IdScanner::Kept::add(char c) noexcept {
  if (size < kept_max) bytes[size] = c;
  if (size <= kept_max) ++size;
}

std::string_view IdScanner::Kept::text() const noexcept {
  return size > kept_max ? std::string_view() : std::string_view(bytes.data(), size);
}

void IdScanner::feed(std::string_view piece) noexcept {
  bytes_ += piece.size();
  for (const char c : piece) {
    if (over_) return;
    if (in_string_) {
      in_string(c);
    } else {
      take(c);
    }
  }
}

void IdScanner::in_string(char c) noexcept {
  if (!escaped_ && c == '"') {
    in_string_ = false;
    if (depth_ != 1) return;
    if (expect_ == Expect::key) {
      key_is_id_ = json::equals(token_.text(), "id");
      expect_ = Expect::colon;
    } else if (expect_ == Expect::value) {
      value_ends();
    }
    return;
  }
  escaped_ = !escaped_ && c == '\\';
  if (depth_ == 1) token_.add(c);
}

void IdScanner::take(char c) noexcept {
  switch (c) {
    case '"':
      in_string_ = true;
      if (depth_ == 1 && expect_ == Expect::value && token_.size != 0) value_ = Kind::other;
      if (depth_ != 1 || (expect_ == Expect::value && value_ == Kind::other)) return;
      token_ = {};
      value_ = Kind::text;
      return;
    case '{':
    case '[':
      return opens(c);
    case '}':
    case ']':
      return closes();
    case ',':
      if (depth_ != 1) return;
      value_ends();
      expect_ = Expect::key;
      return;
    case ':':
      if (depth_ != 1 || expect_ != Expect::colon) return;
      expect_ = Expect::value;
      value_ = Kind::number;
      token_ = {};
      return;
    case ' ':
    case '\t':
    case '\r':
    case '\n':
      if (depth_ == 1 && token_.size != 0) value_ends();
      return;
    default:
      if (depth_ == 1 && expect_ == Expect::value) token_.add(c);
  }
}

void IdScanner::opens(char c) noexcept {
  if (depth_ == 0 && c == '[') over_ = true;  // a batch: no server of this protocol says one
  if (depth_ == 1) value_ = Kind::other;
  ++depth_;
}

void IdScanner::closes() noexcept {
  if (depth_ == 1) value_ends();
  if (depth_ <= 1) over_ = true;
  if (depth_ > 0) --depth_;
}

// Of a member of the message's object.
void IdScanner::value_ends() noexcept {
  if (expect_ != Expect::value) return;
  expect_ = Expect::comma;
  if (!key_is_id_) return;
  key_is_id_ = false;
  if (kind_ != Kind::missing) {
    kind_ = Kind::other;
    return;
  }
  kind_ = value_;
  if (value_ == Kind::text) text_ = token_;
  if (value_ != Kind::number) return;
  const auto number = json::to_uint64(token_.text());
  if (number) {
    number_ = *number;
  } else {
    kind_ = token_.text() == "null" ? Kind::null : Kind::other;
  }
}

ReplyId IdScanner::id() const noexcept {
  ReplyId id;
  id.kind = kind_;
  if (kind_ == Kind::number) id.number = number_;
  if (kind_ == Kind::text) id.text = text_.text();
  return id;
}

}  // namespace kedge::agent_gate
