#pragma once
// The messages of the echo tests; harness.py makes the same ones.

#include <cstddef>
#include <string>
#include <string_view>

namespace kedge::interop {

/// `size` bytes of text with sequences of one to four bytes, so that every cut falls inside one somewhere.
inline std::string text_pattern(std::size_t size) {
  constexpr std::string_view unit = "a\u00e9\u20ac\U0001f600";
  std::string text;
  while (text.size() + unit.size() <= size) text += unit;
  text.resize(size, 'x');
  return text;
}

/// `size` bytes with every value among them.
inline std::string binary_pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>((i * 31 + i / 256) & 0xFFU);
  return bytes;
}

}  // namespace kedge::interop
