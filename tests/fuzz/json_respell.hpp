#pragma once
// The same JSON value in another spelling: members in reverse order, every ASCII character of a string as an
// escape, white space where it may stand.

#include <kedge/json.hpp>

#include "fuzz.hpp"

#include <algorithm>
#include <string>

namespace kedge::fuzz {

[[nodiscard]] inline std::string unescaped(std::string_view raw) {
  std::string room(raw.size(), '\0');
  const auto text = json::unescape(raw, room);
  PROMISE(text.ok(), "a checked string can be unescaped into its own size");
  return std::string(*text);
}

[[nodiscard]] inline std::string respelled_string(std::string_view raw) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out = "\"";
  for (const char c : unescaped(raw)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += "\\u00";
      out += hex[byte >> 4U];
      out += hex[byte & 15U];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

[[nodiscard]] inline std::string respelled(const json::Value& value) {
  std::vector<std::string> items;
  if (value.is_object()) {
    for (const json::Member& member : *value.as_object()) {
      items.push_back(respelled_string(member.raw_key) + "\t: " + respelled(member.value));
    }
    std::reverse(items.begin(), items.end());
  } else if (value.is_array()) {
    for (const json::Value& element : *value.as_array()) items.push_back(respelled(element));
  } else {
    return value.is_string() ? respelled_string(*value.as_raw_string()) : std::string(value.text());
  }
  std::string out = value.is_object() ? "{ " : "[\n";
  for (std::size_t i = 0; i < items.size(); ++i) out += (i == 0 ? "" : " ,\r") + items[i];
  return out + (value.is_object() ? "\n}" : " ]");
}

}  // namespace kedge::fuzz
