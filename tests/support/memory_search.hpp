#pragma once
// Whether a secret is in memory that was handed to the library.

#include <span>
#include <string_view>
#include <vector>

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define VALGRIND_MAKE_MEM_DEFINED(begin, bytes) static_cast<void>(begin)
#endif

namespace kedge::test {

/// Whether `text` is there, as it is or masked by the four bytes before it.
inline bool memory_holds(std::span<const std::byte> memory, std::string_view text) {
  // Between the members of a structure are bytes that nobody writes. A search reads them, and memcheck, which
  // calls that a fault in all other code, is told so of a copy.
  std::vector<std::byte> bytes(memory.begin(), memory.end());
  VALGRIND_MAKE_MEM_DEFINED(bytes.data(), bytes.size());
  for (std::size_t at = 0; at + text.size() <= bytes.size(); ++at) {
    bool plain = true;
    bool masked = at >= 4;
    for (std::size_t i = 0; i < text.size() && (plain || masked); ++i) {
      const auto wanted = static_cast<std::byte>(text[i]);
      plain = plain && bytes[at + i] == wanted;
      masked = masked && (bytes[at + i] ^ bytes[at - 4 + i % 4]) == wanted;
    }
    if (plain || masked) return true;
  }
  return false;
}

}  // namespace kedge::test
