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

static void of_what_is_queued_when_a_connection_ends_that_parts_which_came_on_it_in_order(void**) {
  RingFixture f;
  const Handle begun = f.push("begun", RingFixture::options(1));
  f.push("waits", RingFixture::options(2));
  f.ring.connection_begins();
  f.take(begun, 2);
  f.push("answer", RingFixture::options(3));
  f.push("urgent answer", RingFixture::options(4, Priority::urgent));
  f.push("own", RingFixture::reserved(5));
  EXPECT(f.ring.begin_parting() == 3, "what is being written, and what came on it, up to the one that waits");
  EXPECT_TEXT(f.take_parting(), "gun,own,urgent answer,");
  f.ring.accepted(f.offset);
  f.ring.connection_lost();
  EXPECT_TEXT(f.take_all(), "waits,answer,");
}

static void what_is_queued_while_a_connection_ends_does_not_part(void**) {
  RingFixture f;
  f.ring.connection_begins();
  f.push("answer", RingFixture::options(1));
  f.push("another", RingFixture::options(2));
  EXPECT(f.ring.begin_parting() == 2, "both");
  f.push("later", RingFixture::options(3));
  EXPECT_TEXT(f.take_parting(), "answer,another,");
  f.ring.connection_lost();
  f.ring.connection_begins();
  EXPECT(f.ring.begin_parting() == 0 && !f.ring.parts(f.ring.next({}, false)), "all have waited by now");
  EXPECT_TEXT(f.take_all(), "answer,another,later,");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(what_begins_once_is_dropped_when_a_part_of_it_has_left),
      cmocka_unit_test(of_what_is_queued_when_a_connection_ends_that_parts_which_came_on_it_in_order),
      cmocka_unit_test(what_is_queued_while_a_connection_ends_does_not_part),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
