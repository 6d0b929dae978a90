#include "codec/hex.hpp"

#include "support/cmocka.hpp"

#include <string>

using namespace kedge::codec;

static void sixteen_digits_have_a_value_in_either_case_and_nothing_else_has(void**) {
  const std::string digits = "0123456789abcdef0123456789ABCDEF";
  for (int c = 0; c < 256; ++c) {
    const std::size_t place = digits.find(static_cast<char>(c));
    const int expected = place == std::string::npos ? -1 : static_cast<int>(place % 16);
    EXPECT(hex_digit(static_cast<char>(c)) == expected, std::to_string(c).c_str());
  }
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(sixteen_digits_have_a_value_in_either_case_and_nothing_else_has),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
