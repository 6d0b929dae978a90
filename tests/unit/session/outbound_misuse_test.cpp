#include "ring_fixture.hpp"

#include "support/aborts.hpp"
#include "support/cmocka.hpp"

using namespace kedge;
using namespace kedge::test;

#if !defined(NDEBUG)

static void what_a_session_must_not_do_aborts_in_debug_builds(void**) {
  RingFixture f;
  const Handle first = f.push("first", f.options(1));
  const Handle second = f.push("second", f.options(2));
  f.take(first, 2);
  f.ring.check();
  EXPECT(aborts([&] { f.take(second, 1); }), "a message inside another");
  EXPECT(aborts([&] { f.take(first, 4); }), "more than there is");
  EXPECT(aborts([&] { f.ring.connection_begins(); }), "the connection before is not over");
  f.ring.accepted(2);
  EXPECT(aborts([&] { f.ring.accepted(1); }), "the stream takes back what it accepted");
  f.ring.check();
}

int main() {
  const CMUnitTest tests[] = {cmocka_unit_test(what_a_session_must_not_do_aborts_in_debug_builds)};
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}

#else

// Without assertions nothing is noticed.
int main() {}

#endif
