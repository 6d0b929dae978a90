// What becomes of the ring's messages when their connection is lost, where that is not the usual.

#include "ring_fixture.hpp"

#include "support/cmocka.hpp"

using namespace kedge;
using namespace kedge::test;

static void what_begins_once_is_dropped_when_a_part_of_it_has_left(void**) {
  RingFixture f;
  OutboundOptions once = RingFixture::options(1);
  once.begins_once = true;
  const Handle broken = f.push("broken", once);
  const Handle taken = f.push("taken", once);
  const Handle waits = f.push("waits", once);
  f.take(broken);
  const std::uint64_t behind_broken = f.offset;
  f.take(taken);
  f.ring.accepted(behind_broken - 1);
  f.ring.connection_lost();
  EXPECT(!f.ring.holds(broken), "a part of it is at the peer");
  EXPECT(f.ring.holds(taken) && f.ring.holds(waits) && f.ring.count() == 2, "nothing of these has left");
  EXPECT(f.ring.next({}, false) == taken, "in their old order");
  EXPECT_TEXT(f.reports, "");
  f.take(taken);
  f.ring.connection_lost();
  EXPECT(f.ring.holds(taken), "the next connection counts from the beginning");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(what_begins_once_is_dropped_when_a_part_of_it_has_left),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
