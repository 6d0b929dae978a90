#pragma once
// CMocka for C++: its header wants these first, and its macros name C types.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

extern "C" {
#include <cmocka.h>
}
#undef fail  // a name of ours too: PendingPool::fail

#include <cstdio>
#include <string>
#include <string_view>

namespace kedge::test {

/// Fails with both texts shown; lengths may differ and NULs are compared.
inline void expect_text(std::string_view actual, std::string_view expected, const char* file, int line) {
  if (actual == expected) return;
  const std::string message =
      "expected \"" + std::string(expected) + "\"\n   but was \"" + std::string(actual) + "\"";
  print_error("%s\n", message.c_str());
  _fail(file, line);
}

[[nodiscard]] inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace kedge::test

/// Compares two texts and shows both when they differ.
#define EXPECT_TEXT(actual, expected) ::kedge::test::expect_text((actual), (expected), __FILE__, __LINE__)
/// Fails with a sentence that says what was expected.
#define EXPECT(condition, what)                                                   \
  do {                                                                            \
    if (!(condition)) {                                                           \
      print_error("expected: %s\n   but (%s) does not hold\n", what, #condition); \
      _fail(__FILE__, __LINE__);                                                  \
    }                                                                             \
  } while (false)
