#include "ws/close_code.hpp"

#include "support/cmocka.hpp"

using namespace kedge::ws;

static void codes_that_may_be_sent_are_those_of_the_registry_and_the_private_ranges(void**) {
  for (unsigned code = 0; code <= 0xFFFF; ++code) {
    const bool defined = code >= 1000 && code <= 1003;
    const bool registered = code >= 1007 && code <= 1014;
    const bool private_use = code >= 3000 && code <= 4999;
    EXPECT(
        close_code_valid_on_wire(static_cast<std::uint16_t>(code)) == (defined || registered || private_use),
        "exactly 1000-1003, 1007-1014 and 3000-4999");
  }
}

static void codes_that_only_report_locally_are_never_valid_on_the_wire(void**) {
  EXPECT(!close_code_valid_on_wire(close_code::none_received), "1005 refused");
  EXPECT(!close_code_valid_on_wire(close_code::abnormal), "1006 refused");
  EXPECT(!close_code_valid_on_wire(999) && !close_code_valid_on_wire(1015) && !close_code_valid_on_wire(5000),
         "999, 1015 and 5000 refused");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(codes_that_may_be_sent_are_those_of_the_registry_and_the_private_ranges),
      cmocka_unit_test(codes_that_only_report_locally_are_never_valid_on_the_wire),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
