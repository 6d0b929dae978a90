#include <kedge/json_reader.hpp>
#include <kedge/json_writer.hpp>

#include "json_quote.hpp"
#include "utf8.hpp"

namespace kedge::json {
namespace {

constexpr std::uint8_t depth_limit = 255;

}  // namespace

bool Writer::in_object() const noexcept {
  const unsigned level = depth_ - 1U;
  return (objects_[level / 8] >> (level % 8) & 1U) != 0;
}

Writer& Writer::fail(Failure failure) noexcept {
  if (!failed()) failure_ = failure;
  return *this;
}

void Writer::put(std::string_view text) noexcept {
  if (!failed() && !sink_.write(text)) fail(Failure::no_room);
}

// Whether a value may stand here; writes the comma before it.
bool Writer::before_value() noexcept {
  if (failed()) return false;
  const bool in_its_place = depth_ == 0 ? !comma_ : in_object() == after_key_;
  if (!in_its_place) {
    fail(Failure::misplaced);
    return false;
  }
  if (comma_ && !after_key_) put(",");
  after_key_ = false;
  comma_ = true;
  return !failed();
}

Writer& Writer::begin(bool object) noexcept {
  if (depth_ == depth_limit) return fail(Failure::too_deep);
  if (!before_value()) return *this;
  put(object ? "{" : "[");
  const unsigned level = depth_++;
  const unsigned bit = 1U << (level % 8);
  objects_[level / 8] = static_cast<std::uint8_t>((objects_[level / 8] & ~bit) | (object ? bit : 0U));
  comma_ = false;
  return *this;
}

Writer& Writer::end(bool object) noexcept {
  if (failed()) return *this;
  if (depth_ == 0 || in_object() != object || after_key_) return fail(Failure::misplaced);
  put(object ? "}" : "]");
  --depth_;
  comma_ = true;
  return *this;
}

Writer& Writer::begin_object() noexcept {
  return begin(true);
}
Writer& Writer::end_object() noexcept {
  return end(true);
}
Writer& Writer::begin_array() noexcept {
  return begin(false);
}
Writer& Writer::end_array() noexcept {
  return end(false);
}

Writer& Writer::key(std::string_view name) noexcept {
  if (failed()) return *this;
  if (depth_ == 0 || !in_object() || after_key_) return fail(Failure::misplaced);
  if (!codec::utf8_valid(name)) return fail(Failure::not_utf8);
  if (comma_) put(",");
  quoted(name);
  put(":");
  comma_ = true;
  after_key_ = true;
  return *this;
}

Writer& Writer::value(std::string_view text) noexcept {
  if (!codec::utf8_valid(text)) return fail(Failure::not_utf8);
  if (before_value()) quoted(text);
  return *this;
}

Writer& Writer::value(const Value& value) noexcept {
  if (value.text().empty()) return fail(Failure::not_json);
  return scalar(value.text());
}

Writer& Writer::raw(std::string_view json) noexcept {
  if (failed()) return *this;
  const Result<Value> checked = parse(json, static_cast<std::uint8_t>(depth_limit - depth_));
  return checked ? scalar(checked->text()) : fail(Failure::not_json);
}

Writer& Writer::scalar(std::string_view text) noexcept {
  if (before_value()) put(text);
  return *this;
}

Writer& Writer::integer(std::uint64_t magnitude, bool negative) noexcept {
  char digits[21];
  std::size_t first = sizeof digits;
  do {
    digits[--first] = static_cast<char>('0' + magnitude % 10);
    magnitude /= 10;
  } while (magnitude != 0);
  if (negative) digits[--first] = '-';
  return scalar({digits + first, sizeof digits - first});
}

void Writer::quoted(std::string_view text) noexcept {
  if (!failed() && !codec::write_quoted(sink_, text)) fail(Failure::no_room);
}

Result<void> Writer::finish() noexcept {
  if (depth_ != 0 || !comma_) fail(Failure::unfinished);
  switch (failure_) {
    case Failure::none:
      return {};
    case Failure::misplaced:
      return Error(ErrorKind::config, "JSON writer: a call out of place");
    case Failure::not_utf8:
      return Error(ErrorKind::config, "JSON writer: a string is not UTF-8");
    case Failure::not_json:
      return Error(ErrorKind::config, "JSON writer: raw text that is not JSON, or no value");
    case Failure::too_deep:
      return Error(ErrorKind::config, "JSON writer: nested too deep");
    case Failure::no_room:
      return Error(ErrorKind::too_large, "no room for the JSON text");
    case Failure::unfinished:
      return Error(ErrorKind::config, "JSON writer: the text is unfinished");
  }
  return {};
}

}  // namespace kedge::json
