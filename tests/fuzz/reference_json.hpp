#pragma once
// JSON by its grammar (RFC 8259): a recursive descent that only says yes or no.

#include "reference_text.hpp"

#include <string_view>

namespace kedge::fuzz {

class ReferenceJson {
 public:
  /// Whether `text` is one JSON text, with UTF-8 and no lone surrogates in its strings, nested at most
  /// `depth_max` deep.
  [[nodiscard]] static bool valid(std::string_view text, unsigned depth_max) {
    ReferenceJson reader(text);
    return reader.spaced_value(depth_max) && reader.rest_.empty();
  }

 private:
  explicit ReferenceJson(std::string_view text) : rest_(text) {}

  bool eat(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  bool eat_one_of(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool digits() {
    bool any = false;
    while (eat_one_of("0123456789")) any = true;
    return any;
  }
  void space() {
    while (eat_one_of(" \t\r\n")) {
    }
  }
  bool spaced_value(unsigned levels) {
    space();
    const bool good = value(levels);
    space();
    return good;
  }
  bool value(unsigned levels) {
    if (eat("{")) return levels > 0 && object(levels - 1);
    if (eat("[")) return levels > 0 && array(levels - 1);
    if (rest_.starts_with('"')) return string();
    return eat("true") || eat("false") || eat("null") || number();
  }
  bool object(unsigned levels) {
    space();
    if (eat("}")) return true;
    do {
      space();
      if (!string()) return false;
      space();
      if (!eat(":") || !spaced_value(levels)) return false;
    } while (eat(","));
    return eat("}");
  }
  bool array(unsigned levels) {
    space();
    if (eat("]")) return true;
    do {
      if (!spaced_value(levels)) return false;
    } while (eat(","));
    return eat("]");
  }
  bool number() {
    eat("-");
    if (!eat("0") && !digits()) return false;
    if (eat(".") && !digits()) return false;
    if (!eat_one_of("eE")) return true;
    eat_one_of("+-");
    return digits();
  }
  bool string() {
    if (!eat("\"")) return false;
    while (!eat("\"")) {
      if (eat("\\")) {
        if (eat_one_of("\"\\/bfnrt")) continue;
        if (!escaped_character()) return false;
        continue;
      }
      const std::size_t size = reference_utf8_character(rest_);
      if (size == 0 || static_cast<unsigned char>(rest_.front()) < 0x20) return false;
      rest_.remove_prefix(size);
    }
    return true;
  }
  bool escaped_character() {
    const int first = unit();
    if (first < 0xD800 || first > 0xDFFF) return first >= 0;
    if (first > 0xDBFF || !eat("\\")) return false;
    const int second = unit();
    return second >= 0xDC00 && second <= 0xDFFF;
  }
  int unit() {
    if (!eat("u") || rest_.size() < 4) return -1;
    int value = 0;
    for (int i = 0; i < 4; ++i) {
      constexpr std::string_view hex = "0123456789abcdef0123456789ABCDEF";
      const std::size_t digit = hex.find(rest_.front());
      if (digit == std::string_view::npos) return -1;
      value = value * 16 + static_cast<int>(digit % 16);
      rest_.remove_prefix(1);
    }
    return value;
  }

  std::string_view rest_;
};

}  // namespace kedge::fuzz
