#include "json_file.hpp"

#include "../base/whole_number.hpp"

#include <cjson/cJSON.h>

#include <optional>
#include <set>
#include <stdexcept>

namespace kedge::program::json_file {

namespace {

constexpr std::uint8_t depth_max = 64;

std::optional<std::uint64_t> whole_number(const Value& value, std::uint64_t max) noexcept {
  return value.is_whole_number() ? kedge::whole_number(value.spelling(), 0, max) : std::nullopt;
}

}  // namespace

void fail(const std::string& where, std::string_view what) {
  throw std::runtime_error((where.empty() ? where : where + ": ") + std::string(what));
}

bool Value::is_object() const noexcept {
  return cJSON_IsObject(node_) != 0;
}
bool Value::is_array() const noexcept {
  return cJSON_IsArray(node_) != 0;
}
bool Value::is_boolean() const noexcept {
  return cJSON_IsBool(node_) != 0;
}
bool Value::is_true() const noexcept {
  return cJSON_IsTrue(node_) != 0;
}
bool Value::is_string() const noexcept {
  return cJSON_IsString(node_) != 0;
}
bool Value::is_null() const noexcept {
  return cJSON_IsNull(node_) != 0;
}
bool Value::is_whole_number() const noexcept {
  return cJSON_IsNumber(node_) != 0 && is_digits(spelling());
}

std::string_view Value::string() const noexcept {
  return is_string() ? std::string_view(node_->valuestring) : std::string_view();
}

// Tree and text have the same members in the same order.

std::vector<Member> Value::members() const {
  std::vector<Member> members;
  const auto spelled = spelled_.as_object();
  if (!is_object() || !spelled) return members;
  std::set<std::string_view> seen;
  const cJSON* node = node_->child;
  for (const json::Member& member : *spelled) {
    const std::string_view name = node->string;
    members.push_back({name, member.raw_key, Value(*node, member.value), !seen.insert(name).second});
    node = node->next;
  }
  return members;
}

std::vector<Value> Value::elements() const {
  std::vector<Value> elements;
  const auto spelled = spelled_.as_array();
  if (!is_array() || !spelled) return elements;
  const cJSON* node = node_->child;
  for (const json::Value& element : *spelled) {
    elements.push_back(Value(*node, element));
    node = node->next;
  }
  return elements;
}

File parse(std::string_view text, const std::string& where, json::TreeContent content) {
  const json::TreeOptions options{.depth_max = depth_max, .content = content, .duplicate_keys = true};
  auto tree = json::parse_tree(text, options);
  if (!tree) fail(where, tree.error().message());
  const auto spelled = json::parse(text, depth_max);
  if (!spelled) fail(where, spelled.error().message());
  return {std::move(*tree), *spelled};
}

void each_member(const Value& value, const std::string& where,
                 const std::function<bool(std::string_view, const Value&, const std::string&)>& take) {
  if (!value.is_object()) fail(where, "expected an object");
  for (const Member& member : value.members()) {
    const std::string key(member.spelled_name);
    if (member.is_repeated) fail(where, "'" + key + "' is there twice");
    const std::string path = where.empty() ? key : where + "." + key;
    if (!take(member.name, member.value, path)) fail(path, "is not known");
  }
}

void each_element(const Value& value, const std::string& where,
                  const std::function<void(const Value&, const std::string&)>& take) {
  if (!value.is_array()) fail(where, "expected an array");
  std::size_t index = 0;
  for (const Value& element : value.elements()) take(element, where + "[" + std::to_string(index++) + "]");
}

std::string text(const Value& value, const std::string& where) {
  if (!value.is_string()) fail(where, "expected a string");
  return std::string(value.string());
}

bool boolean(const Value& value, const std::string& where) {
  if (!value.is_boolean()) fail(where, "expected true or false");
  return value.is_true();
}

std::uint32_t number(const Value& value, const std::string& where, std::uint32_t max) {
  const auto read = whole_number(value, max);
  if (!read) fail(where, "expected an integer from 0 to " + std::to_string(max));
  return static_cast<std::uint32_t>(*read);
}

Duration milliseconds(const Value& value, const std::string& where) {
  constexpr std::uint64_t max = 365ULL * 24 * 3600 * 1000;
  const auto read = whole_number(value, max);
  if (!read) fail(where, "expected milliseconds, an integer of at most a year");
  return std::chrono::milliseconds(static_cast<std::int64_t>(*read));
}

}  // namespace kedge::program::json_file
