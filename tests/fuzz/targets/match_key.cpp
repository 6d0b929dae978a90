// The key by which rows find their request: equal for equal tools and arguments, different for different
// ones.
#include "protocol/agent_gate/row.hpp"

#include "../fuzz.hpp"
#include "../json_respell.hpp"

#include <cinttypes>
#include <cmath>
#include <map>
#include <optional>

using namespace kedge;
using namespace kedge::fuzz;
using agent_gate::MatchKey;

namespace {

constexpr std::uint8_t depth_max = 24;
constexpr codec::HashKey hash_key{std::byte{1}, std::byte{2}, std::byte{3}};

/// An integer without fraction and exponent counts exactly, any other number as the nearest double.
std::optional<std::string> canonical_number(const std::string& text) {
  if (text.find_first_of(".eE") == std::string::npos) return text == "-0" ? "0" : text;
  const double value = std::strtod(text.c_str(), nullptr);
  if (!std::isfinite(value)) return std::nullopt;
  std::array<char, 400> out;
  const bool integral = std::trunc(value) == value;
  // glibc prints a double's exact value.
  std::snprintf(out.data(), out.size(), integral ? "%.0f" : "%a", value == 0 ? 0.0 : value);
  return out.data();
}

/// One text for all spellings of a value; none when a key is there twice or a number is no double.
std::optional<std::string> canonical(const json::Value& value) {
  if (value.is_number()) return canonical_number(std::string(value.text()));
  if (value.is_string()) return respelled_string(*value.as_raw_string());
  if (value.is_array()) {
    std::string out = "[";
    for (const json::Value& element : *value.as_array()) {
      const auto text = canonical(element);
      if (!text) return std::nullopt;
      out += *text + ",";
    }
    return out + "]";
  }
  if (!value.is_object()) return std::string(value.text());
  std::map<std::string, std::string> members;
  for (const json::Member& member : *value.as_object()) {
    const auto text = canonical(member.value);
    if (!text || !members.emplace(respelled_string(member.raw_key), *text).second) return std::nullopt;
  }
  std::string out = "{";
  for (const auto& [key, text] : members) out += key + ":" + text + ",";
  return out + "}";
}

struct Keyed {
  std::optional<std::string> canonical;  // of an object that has one
  Result<MatchKey> key;
};

Keyed keyed(std::string_view tool, std::string_view args) {
  Keyed result{std::nullopt, agent_gate::match_key(tool, args, hash_key, depth_max)};
  const auto value = json::parse(args, depth_max);
  if (value && value->is_object()) result.canonical = canonical(*value);
  PROMISE(result.key.ok() == result.canonical.has_value(),
          "objects have a key, unless ambiguous or out of range");
  PROMISE(result.key || result.key.error().kind() == ErrorKind::config, "and the rest is a config error");
  if (!result.key) return result;
  const std::string other = respelled(*value);
  const auto again = agent_gate::match_key(tool, other, hash_key, depth_max);
  PROMISE(again && *again == *result.key, "another spelling has the same key");
  const std::string longer = std::string(tool) + "x";
  PROMISE(!(*agent_gate::match_key(longer, args, hash_key, depth_max) == *result.key),
          "another tool has another");
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const std::string_view tool = input.until(';');
  const Exact one(input.until('|'));
  const Exact other(input.rest());
  const Keyed first = keyed(tool, one.text());
  const Keyed second = keyed(tool, other.text());
  if (!first.key || !second.key) return 0;
  PROMISE((*first.key == *second.key) == (*first.canonical == *second.canonical),
          "keys are equal exactly when the arguments mean the same");
  return 0;
}
