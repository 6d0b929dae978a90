#include "utf8_text.hpp"

#include "../codec/utf8.hpp"

#include <algorithm>

namespace kedge::program {

std::string as_utf8(std::string_view text) {
  std::string clean(text);
  if (!codec::utf8_valid(text)) {
    const auto foreign = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
    std::replace_if(clean.begin(), clean.end(), foreign, '?');
  }
  return clean;
}

}  // namespace kedge::program
