#include "printable.hpp"

#include "../codec/utf8.hpp"

#include <algorithm>

namespace kedge::program {

std::string printable(std::string_view text) {
  std::string clean(text);
  std::replace_if(
      clean.begin(), clean.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7F; },
      '?');
  return clean;
}

void write_text(json::Writer& writer, std::string_view name, std::string_view text) {
  if (codec::utf8_valid(text)) {
    writer.member(name, text);
  } else {
    writer.member(name, std::string_view(printable(text)));
  }
}

}  // namespace kedge::program
