#include "program/timestamp.hpp"

#include "support/cmocka.hpp"

using namespace kedge;
using namespace std::chrono_literals;

static void times_are_utc_with_milliseconds(void**) {
  EXPECT_TEXT(program::rfc3339(WallTime(1'767'225'600'007ms)).text(), "2026-01-01T00:00:00.007Z");
  EXPECT_TEXT(program::rfc3339(WallTime(-1ms)).text(), "1969-12-31T23:59:59.999Z");
}

static void times_go_on_after_2038(void**) {
  EXPECT_TEXT(program::rfc3339(WallTime(2'147'483'647'999ms)).text(), "2038-01-19T03:14:07.999Z");
  EXPECT_TEXT(program::rfc3339(WallTime(2'147'483'648'000ms)).text(), "2038-01-19T03:14:08.000Z");
  EXPECT_TEXT(program::rfc3339(WallTime(4'294'967'296'000ms)).text(), "2106-02-07T06:28:16.000Z");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(times_are_utc_with_milliseconds),
      cmocka_unit_test(times_go_on_after_2038),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
