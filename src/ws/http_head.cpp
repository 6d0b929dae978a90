#include "http_head.hpp"

#include "http_text.hpp"

#include <kedge/secret.hpp>

#include <cassert>

namespace kedge::ws {

namespace {

constexpr std::string_view line_end = "\r\n";

}  // namespace

void HttpHead::reset() noexcept {
  wipe(storage_.first(size_));
  headers_ = 0;
  state_ = State::reading;
  size_ = 0;
  line_ = 0;
  start_line_size_ = 0;
}

Result<bool> HttpHead::feed(std::span<const std::byte> bytes, std::size_t* taken) noexcept {
  std::size_t used = 0;
  while (state_ == State::reading && used < bytes.size()) {
    take(std::to_integer<unsigned char>(bytes[used]));
    ++used;
  }
  *taken = used;
  if (state_ == State::too_large) return Error(ErrorKind::too_large, Layer::http, 0, failure_);
  if (state_ == State::malformed) return Error(ErrorKind::protocol, Layer::http, 0, failure_);
  return state_ == State::complete;
}

void HttpHead::take(unsigned char byte) noexcept {
  if (size_ == storage_.size()) return give_up(State::too_large, "the HTTP head is longer than the limit");
  const bool after_cr = size_ > line_ && storage_[size_ - 1] == std::byte{'\r'};
  if (after_cr != (byte == '\n')) {
    return give_up(State::malformed,
                   after_cr ? "the HTTP head has a CR without LF" : "the HTTP head has a LF without CR");
  }
  const bool control = (byte < ' ' && byte != '\t' && byte != '\r' && byte != '\n') || byte == 0x7F;
  if (control) return give_up(State::malformed, "the HTTP head has a control character");
  storage_[size_++] = std::byte{byte};
  if (byte == '\n') end_line();
}

void HttpHead::end_line() noexcept {
  assert(size_ <= storage_.size() && size_ - line_ >= line_end.size());
  const std::string_view line = text().substr(line_, size_ - line_ - line_end.size());
  line_ = size_;
  if (start_line_size_ == 0) {
    if (line.empty()) return give_up(State::malformed, "the HTTP head begins with an empty line");
    start_line_size_ = line.size();
    return;
  }
  if (line.empty()) {
    state_ = State::complete;
    return;
  }
  if (line.front() == ' ' || line.front() == '\t')
    return give_up(State::malformed, "an HTTP header is folded");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return give_up(State::malformed, "an HTTP header has no colon");
  if (!is_token(line.substr(0, colon)))
    return give_up(State::malformed, "an HTTP header's name is not a token");
  if (headers_ == headers_max_) return give_up(State::too_large, "the HTTP head has too many headers");
  ++headers_;
}

void HttpHead::give_up(State state, const char* why) noexcept {
  state_ = state;
  failure_ = why;
}

std::string_view HttpHead::text() const noexcept {
  return {reinterpret_cast<const char*>(storage_.data()), size_};
}

std::string_view HttpHead::start_line() const noexcept {
  return text().substr(0, start_line_size_);
}

std::string_view HttpHead::fields() const noexcept {
  if (start_line_size_ == 0) return {};
  const std::size_t begin = start_line_size_ + line_end.size();
  return text().substr(begin, line_ - begin);
}

bool HttpHead::next_field(std::string_view& rest, Field& field) noexcept {
  const std::string_view line = rest.substr(0, rest.find(line_end));
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return false;  // the empty line, or nothing
  field = {line.substr(0, colon), trimmed(line.substr(colon + 1))};
  rest.remove_prefix(line.size() + line_end.size());
  return true;
}

std::string_view HttpHead::header(std::string_view name) const noexcept {
  std::string_view rest = fields();
  for (Field field; next_field(rest, field);) {
    if (equal_without_case(field.name, name)) return field.value;
  }
  return {};
}

std::size_t HttpHead::count(std::string_view name) const noexcept {
  std::size_t found = 0;
  std::string_view rest = fields();
  for (Field field; next_field(rest, field);) found += equal_without_case(field.name, name) ? 1U : 0U;
  return found;
}

bool HttpHead::has_token(std::string_view name, std::string_view token) const noexcept {
  std::string_view rest = fields();
  for (Field field; next_field(rest, field);) {
    if (!equal_without_case(field.name, name)) continue;
    for (std::string_view list = field.value;;) {
      const std::size_t comma = list.find(',');
      if (equal_without_case(trimmed(list.substr(0, comma)), token)) return true;
      if (comma == std::string_view::npos) break;
      list.remove_prefix(comma + 1);
    }
  }
  return false;
}

}  // namespace kedge::ws
