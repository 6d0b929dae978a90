#include <kedge/json_reader.hpp>
#include <kedge/json_value.hpp>

#include "json_scan.hpp"

namespace kedge::json {
namespace {

Kind kind_of(char first) noexcept {
  switch (first) {
    case '{':
      return Kind::object;
    case '[':
      return Kind::array;
    case '"':
      return Kind::string;
    case 't':
    case 'f':
      return Kind::boolean;
    case 'n':
      return Kind::null;
    default:
      return Kind::number;
  }
}

// Where the next member or element begins, past white space and a comma; the text's size when none follows.
std::size_t next_item(std::string_view text, std::size_t at) noexcept {
  at = skip_space(text, at);
  if (at < text.size() && text[at] == ',') at = skip_space(text, at + 1);
  if (at >= text.size() || text[at] == '}' || text[at] == ']') return text.size();
  return at;
}

}  // namespace

std::string_view to_string(Kind kind) noexcept {
  switch (kind) {
    case Kind::object:
      return "an object";
    case Kind::array:
      return "an array";
    case Kind::string:
      return "a string";
    case Kind::number:
      return "a number";
    case Kind::boolean:
      return "a boolean";
    case Kind::null:
      return "null";
    case Kind::absent:
      return "missing";
    case Kind::duplicate:
      return "there twice";
    case Kind::not_object:
      return "not an object";
  }
  return "unknown";
}

Value::Value(std::string_view checked) noexcept
    : text_(checked), kind_(checked.empty() ? Kind::absent : kind_of(checked.front())) {}

Error Value::expected(std::string_view what) const noexcept {
  Error error(ErrorKind::protocol, "JSON: ");
  if (name_.text().empty()) {
    error.append("a value");
  } else {
    error.append("'").append(name_.text()).append("'");
  }
  error.append(" is ").append(to_string(kind_));
  if (kind_ < Kind::absent) error.append(", expected ").append(what);
  return error;
}

bool Value::equals(std::string_view text) const noexcept {
  return is_string() && json::equals(text_.substr(1, text_.size() - 2), text);
}

Value Value::find(Name name) const noexcept {
  if (is_object()) return Object(text_).find(name);
  // What is missing stays missing under its own name, all the way to the accessor that tells it.
  Value failed = *this;
  failed.text_ = {};
  if (kind_ < Kind::absent) failed.kind_ = Kind::not_object;
  return failed;
}

Value Value::find_text(std::string_view name) const noexcept {
  return is_object() ? Object(text_).find_text(name) : find(Name());
}

Result<std::string_view> Value::as_raw_string() const noexcept {
  if (!is_string()) return expected("a string");
  return text_.substr(1, text_.size() - 2);
}

Result<std::string_view> Value::as_string(std::span<char> buffer) const noexcept {
  const Result<std::string_view> raw = as_raw_string();
  if (!raw) return raw;
  return unescape(*raw, buffer);
}

Result<void> Value::write_string(Sink& sink) const noexcept {
  const Result<std::string_view> raw = as_raw_string();
  if (!raw) return raw.error();
  return unescape(*raw, sink);
}

Result<std::int64_t> Value::as_int64() const noexcept {
  if (!is_number()) return expected("an integer");
  return to_int64(text_);
}

Result<std::uint64_t> Value::as_uint64() const noexcept {
  if (!is_number()) return expected("an integer");
  return to_uint64(text_);
}

Result<double> Value::as_double() const noexcept {
  if (!is_number()) return expected("a number");
  return to_double(text_);
}

Result<bool> Value::as_bool() const noexcept {
  if (kind_ != Kind::boolean) return expected("a boolean");
  return text_.front() == 't';
}

Result<Object> Value::as_object() const noexcept {
  if (!is_object()) return expected("an object");
  return Object(text_);
}

Result<Array> Value::as_array() const noexcept {
  if (!is_array()) return expected("an array");
  return Array(text_);
}

template <>
void ItemIterator<Member>::read() noexcept {
  at_ = next_item(text_, at_);
  ended_ = at_ == text_.size();
  if (ended_) return;
  const std::size_t key_end = skip_string(text_, at_);
  item_.raw_key = text_.substr(at_ + 1, key_end - at_ - 2);
  const std::size_t colon = skip_space(text_, key_end);
  const std::size_t begin = skip_space(text_, colon + 1);
  at_ = skip_value(text_, begin);
  item_.value = Value(text_.substr(begin, at_ - begin));
}

Value Object::find_text(std::string_view name) const noexcept {
  Value found;
  for (const Member& member : *this) {
    if (!member.key_is(name)) continue;
    if (found.present()) {
      Value twice;
      twice.kind_ = Kind::duplicate;
      return twice;
    }
    found = member.value;
  }
  return found;
}

Value Object::find(Name name) const noexcept {
  Value found = find_text(name.text());
  found.name_ = name;
  return found;
}

template <>
void ItemIterator<Value>::read() noexcept {
  at_ = next_item(text_, at_);
  ended_ = at_ == text_.size();
  if (ended_) return;
  const std::size_t begin = at_;
  at_ = skip_value(text_, begin);
  item_ = Value(text_.substr(begin, at_ - begin));
}

Result<Value> parse(std::string_view text, std::uint8_t depth_max) noexcept {
  Reader reader(depth_max);
  reader.feed(text, true);
  Token token = reader.next();
  const auto begin = static_cast<std::size_t>(reader.token_offset());
  while (token != Token::end && token != Token::error) token = reader.next();
  if (token == Token::error) return reader.error();
  std::size_t end = text.size();
  while (is_space(text[end - 1])) --end;
  return Value(text.substr(begin, end - begin));
}

Result<Prefix> parse_prefix(std::string_view text, std::uint8_t depth_max) noexcept {
  Reader reader(depth_max);
  reader.feed(text, false);
  Token token = reader.next();
  if (token == Token::error) return reader.error();
  if (token != Token::begin_object) {
    return Error(ErrorKind::protocol, "JSON: expected the beginning of an object");
  }
  const auto begin = static_cast<std::size_t>(reader.token_offset());
  auto end = static_cast<std::size_t>(reader.offset());
  Prefix prefix;
  for (token = reader.next(); token != Token::need_more; token = reader.next()) {
    if (token == Token::error) return reader.error();
    const bool partial = (token == Token::string || token == Token::number) && !reader.last_part();
    const bool begins = token == Token::begin_object || token == Token::begin_array || token == Token::key;
    if (reader.depth() == 0) prefix.complete = true;
    if (prefix.complete || (reader.depth() == 1 && !partial && !begins)) {
      end = static_cast<std::size_t>(reader.offset());
    }
  }
  prefix.members = Object(text.substr(begin, end - begin));
  return prefix;
}

}  // namespace kedge::json
