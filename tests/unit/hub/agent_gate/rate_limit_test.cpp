#include "hub/agent_gate/rate_limit.hpp"

#include "support/cmocka.hpp"

using namespace kedge;
using namespace kedge::hub::agent_gate;
using namespace std::chrono_literals;

static void the_window_slides(void**) {
  RateLimit limit(2);
  EXPECT(limit.try_take(Instant(0s)) && limit.try_take(Instant(30s)), "two within the minute");
  EXPECT(!limit.try_take(Instant(59s)), "no third");
  EXPECT(limit.try_take(Instant(60s)), "one when the first is a minute old");
  EXPECT(!limit.try_take(Instant(61s)), "and no more than one");
  EXPECT(limit.try_take(Instant(90s)), "the refused not to have counted");
}

static void zero_means_no_limit(void**) {
  RateLimit limit(0);
  for (int i = 0; i < 1000; ++i) EXPECT(limit.try_take(Instant(0s)), "no limit");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_window_slides),
      cmocka_unit_test(zero_means_no_limit),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
