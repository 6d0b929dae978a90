// Values in a checked text: what accessors say of each, another spelling of the same, the beginning of a
// text.
#include <kedge/json.hpp>

#include "codec/json_hash.hpp"

#include "../fuzz.hpp"
#include "../json_respell.hpp"
#include "../reference_json.hpp"

#include <cmath>
#include <cstring>

using namespace kedge;
using namespace kedge::fuzz;

namespace {

constexpr std::uint8_t depth_max = 24;
constexpr codec::HashKey hash_key{std::byte{7}};

void number(const json::Value& value) {
  const std::string text(value.text());
  const bool integer = text.find_first_of(".eE") == std::string::npos;
  // Its magnitude, unless that is 2^64 or more. (Not every machine has integers of 128 bits.)
  const bool negative = text.front() == '-';
  std::uint64_t size = 0;
  bool small = integer;
  for (const char c : text.substr(negative ? 1 : 0)) {
    const auto digit = static_cast<std::uint64_t>(c - '0');
    small = small && size <= (UINT64_MAX - digit) / 10;
    if (small) size = size * 10 + digit;
  }
  const bool fits = small && size <= std::uint64_t{INT64_MAX} + (negative ? 1U : 0U);
  const auto i64 = value.as_int64();
  PROMISE(i64.ok() == fits, "an int64 is what fits one");
  PROMISE(!i64 || *i64 == static_cast<std::int64_t>(negative ? 0 - size : size), "and its value");
  const auto u64 = value.as_uint64();
  PROMISE(u64.ok() == (small && (!negative || size == 0)), "a uint64 is what fits one");
  PROMISE(!u64 || *u64 == size, "and its value");
  const double nearest = std::strtod(text.c_str(), nullptr);
  const auto real = value.as_double();
  PROMISE(real.ok() == std::isfinite(nearest), "a double is what fits one");
  PROMISE(!real || std::memcmp(&*real, &nearest, sizeof nearest) == 0,
          "and the nearest, sign of zero included");
}

void string(const json::Value& value) {
  const std::string_view raw = *value.as_raw_string();
  const std::string text = unescaped(raw);
  PROMISE(reference_utf8(text) == Utf8Ending::whole, "a string is UTF-8, unescaped too");
  PROMISE(value.equals(text) && !value.equals(text + "x"), "a string equals its text and no other");
  std::vector<char> room(text.size());
  BufferSink sink{std::span<char>(room)};
  PROMISE(value.write_string(sink).ok() && sink.text() == text, "a sink of its size takes it");
  std::string out(text.size() * 6 + 2, '\0');
  BufferSink written{std::span<char>(out)};
  json::Writer writer(written);
  PROMISE(writer.value(text).finish().ok(), "what was read can be written");
  const auto again = json::parse(written.text(), 0);
  PROMISE(again && again->equals(text), "and read again");
}

void walk(const json::Value& value, unsigned level) {
  PROMISE(level <= depth_max && ReferenceJson::valid(value.text(), depth_max - level),
          "a value is JSON by itself");
  if (value.is_number()) return number(value);
  if (value.is_string()) return string(value);
  if (value.is_array()) {
    for (const json::Value& element : *value.as_array()) walk(element, level + 1);
  }
  if (!value.is_object()) return;
  std::vector<std::string> keys;
  for (const json::Member& member : *value.as_object()) keys.push_back(unescaped(member.raw_key));
  std::size_t index = 0;
  for (const json::Member& member : *value.as_object()) {
    if (index < 12) {
      const std::string& key = keys[index];
      const json::Value found = value.find_text(key);
      const bool twice = std::count(keys.begin(), keys.end(), key) > 1;
      PROMISE(
          twice ? found.kind() == json::Kind::duplicate : found.text().data() == member.value.text().data(),
          "find gives the member, or says that there are two");
    }
    ++index;
    walk(member.value, level + 1);
  }
}

void another_spelling(const json::Value& value) {
  const std::string text = respelled(value);
  const auto again = json::parse(text, depth_max);
  PROMISE(again.ok(), "the same value in another spelling is accepted");
  const auto hash = codec::json_hash(value, hash_key, depth_max);
  const auto other = codec::json_hash(*again, hash_key, depth_max);
  PROMISE(hash.ok() == other.ok() && (!hash || *hash == *other), "its hash is the same");
}

void beginning(std::string_view text, std::size_t cut) {
  const Exact part(text.substr(0, cut));
  const auto prefix = json::parse_prefix(part.text(), depth_max);
  const auto whole = json::parse(text, depth_max);
  if (prefix) {
    for (const json::Member& member : prefix->members) {
      PROMISE(ReferenceJson::valid(member.value.text(), depth_max), "members of a beginning are whole");
      (void)unescaped(member.raw_key);
    }
  }
  if (!whole || !whole->is_object()) return;
  const std::size_t begin = text.find('{');
  PROMISE(prefix.ok() == (part.text().size() > begin), "each beginning of an object's text is one");
  if (!prefix) return;
  const std::size_t end = begin + whole->text().size();
  PROMISE(prefix->complete == (part.text().size() >= end), "complete when its end is there");
  auto expected = whole->as_object()->begin();
  for (const json::Member& member : prefix->members) {
    PROMISE(expected != std::default_sentinel, "a beginning has no more members than the whole");
    PROMISE(member.raw_key == expected->raw_key && member.value.text() == expected->value.text(),
            "its members are the first of the whole");
    ++expected;
  }
  PROMISE(!prefix->complete || expected == std::default_sentinel, "all of them when it is complete");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const auto cut = static_cast<std::size_t>(input.number(2));
  const Exact text(input.rest());
  const auto value = json::parse(text.text(), depth_max);
  if (value) {
    walk(*value, 0);
    another_spelling(*value);
  } else {
    PROMISE(value.error().kind() == ErrorKind::protocol, "what is not JSON is a protocol error");
  }
  beginning(text.text(), cut % (text.text().size() + 2));
  return 0;
}
