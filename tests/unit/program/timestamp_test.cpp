#include "program/timestamp.hpp"

#include "support/cmocka.hpp"

using namespace kedge;
using namespace std::chrono_literals;

static void times_are_utc_with_milliseconds(void**) {
  EXPECT_TEXT(program::rfc3339(WallTime(1'767'225'600'007ms)).text(), "2026-01-01T00:00:00.007Z");
  EXPECT_TEXT(program::rfc3339(WallTime(-1ms)).text(), "1969-12-31T23:59:59.999Z");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(times_are_utc_with_milliseconds),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
