#include "base/whole_number.hpp"

#include "support/cmocka.hpp"

using namespace kedge;
using namespace kedge::test;

namespace {

void a_whole_number_is_digits_alone(void**) {
  EXPECT(whole_number("0") == 0U && whole_number("05") == 5U, "digits, from the left");
  EXPECT(whole_number("18446744073709551615") == UINT64_MAX, "the most");
  for (const char* text : {"", " 5", "5 ", "+5", "-5", "-0", "5e3", "5E3", "1.0", "1.", "0x5", "5\n", "1_000",
                           "1,000", "\xD9\xA1", "18446744073709551616", "99999999999999999999999"}) {
    EXPECT(!whole_number(text), text);
  }
}

void a_range_holds_both_its_ends(void**) {
  EXPECT(whole_number("1", 1, 3) && whole_number("3", 1, 3), "both ends");
  EXPECT(!whole_number("0", 1, 3) && !whole_number("4", 1, 3), "nothing beyond");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_whole_number_is_digits_alone),
      cmocka_unit_test(a_range_holds_both_its_ends),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
