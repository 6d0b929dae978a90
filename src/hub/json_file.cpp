#include "json_file.hpp"

#include "../base/whole_number.hpp"

#include <set>
#include <stdexcept>

namespace kedge::hub::json_file {

namespace {

constexpr std::uint8_t depth_max = 64;

std::optional<std::uint64_t> whole_number(const json::Value& value, std::uint64_t max) noexcept {
  return value.is_number() ? kedge::whole_number(value.text(), 0, max) : std::nullopt;
}

}  // namespace

void fail(const std::string& where, std::string_view what) {
  throw std::runtime_error((where.empty() ? where : where + ": ") + std::string(what));
}

json::Value parse(std::string_view text, const std::string& where) {
  const auto root = json::parse(text, depth_max);
  if (!root) fail(where, root.error().message());
  return *root;
}

void each_member(const json::Value& value, const std::string& where,
                 const std::function<bool(std::string_view, const json::Value&, const std::string&)>& take) {
  const auto object = value.as_object();
  if (!object) fail(where, "expected an object");
  std::set<std::string, std::less<>> seen;
  for (const json::Member& member : *object) {
    const std::string key(member.raw_key);
    if (!seen.insert(key).second) fail(where, "'" + key + "' is there twice");
    const std::string path = where.empty() ? key : where + "." + key;
    if (!take(member.raw_key, member.value, path)) fail(path, "is not known");
  }
}

void each_element(const json::Value& value, const std::string& where,
                  const std::function<void(const json::Value&, const std::string&)>& take) {
  const auto array = value.as_array();
  if (!array) fail(where, "expected an array");
  std::size_t index = 0;
  for (const json::Value& element : *array) take(element, where + "[" + std::to_string(index++) + "]");
}

std::optional<std::string> string_of(const json::Value& value) {
  std::string buffer(value.text().size(), '\0');
  const auto read = value.as_string(buffer);
  if (!read) return std::nullopt;
  return std::string(*read);
}

std::string text(const json::Value& value, const std::string& where) {
  std::optional<std::string> string = string_of(value);
  if (!string) fail(where, "expected a string");
  return std::move(*string);
}

bool boolean(const json::Value& value, const std::string& where) {
  const auto read = value.as_bool();
  if (!read) fail(where, "expected true or false");
  return *read;
}

std::uint32_t number(const json::Value& value, const std::string& where, std::uint32_t max) {
  const auto read = whole_number(value, max);
  if (!read) fail(where, "expected an integer from 0 to " + std::to_string(max));
  return static_cast<std::uint32_t>(*read);
}

Duration milliseconds(const json::Value& value, const std::string& where) {
  constexpr std::uint64_t max = 365ULL * 24 * 3600 * 1000;
  const auto read = whole_number(value, max);
  if (!read) fail(where, "expected milliseconds, an integer of at most a year");
  return std::chrono::milliseconds(static_cast<std::int64_t>(*read));
}

}  // namespace kedge::hub::json_file
