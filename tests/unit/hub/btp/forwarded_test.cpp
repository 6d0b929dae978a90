#include "hub/btp/forwarded.hpp"

#include "support/cmocka.hpp"

using namespace kedge;
using namespace std::chrono_literals;
using hub::btp::Forwarded;
using hub::btp::Transit;

namespace {

Transit transit(std::uint64_t from, std::uint64_t to, std::uint32_t request_id, Duration due = 1s) {
  Transit transit;
  transit.from = from;
  transit.to = to;
  transit.to_request_id = request_id;
  transit.due = Instant{} + due;
  return transit;
}

void a_packet_is_found_by_the_line_and_the_id_that_it_was_sent_with(void**) {
  Forwarded forwarded;
  forwarded.add(transit(1, 2, 7));
  EXPECT(forwarded.contains(2, 7) && !forwarded.contains(2, 8) && !forwarded.contains(1, 7),
         "one to be there");
  EXPECT(!forwarded.take(3, 7) && !forwarded.take(2, 6), "no other line's, and no other id");
  EXPECT(forwarded.take(2, 7)->from == 1 && !forwarded.take(2, 7), "it, once");
  EXPECT(forwarded.size() == 0 && forwarded.next_deadline() == never, "nothing left");
}

void those_whose_time_is_over_come_in_order(void**) {
  Forwarded forwarded;
  forwarded.add(transit(1, 2, 1, 3s));
  forwarded.add(transit(1, 2, 2, 1s));
  forwarded.add(transit(1, 3, 1, 2s));
  EXPECT(forwarded.next_deadline() == Instant{} + 1s, "the earliest");
  EXPECT(!forwarded.take_due(Instant{}), "nothing yet");
  EXPECT(forwarded.take_due(Instant{} + 2s)->to_request_id == 2, "the first");
  EXPECT(forwarded.take_due(Instant{} + 2s)->to == 3, "the second");
  EXPECT(!forwarded.take_due(Instant{} + 2s) && forwarded.size() == 1, "the third to wait");
}

void a_lost_line_owes_its_answers_and_wants_none(void**) {
  Forwarded forwarded;
  forwarded.add(transit(1, 2, 1));
  forwarded.add(transit(1, 2, 2));
  forwarded.add(transit(2, 3, 1));
  forwarded.add(transit(3, 1, 1));
  EXPECT(forwarded.erase_asked_by(2) == 1 && forwarded.size() == 3, "what it asked for to be forgotten");
  EXPECT(forwarded.take_owed_by(2) && forwarded.take_owed_by(2) && !forwarded.take_owed_by(2),
         "the two that it has");
  EXPECT(forwarded.size() == 1 && forwarded.next_deadline() == Instant{} + 1s, "the other line's to stay");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_packet_is_found_by_the_line_and_the_id_that_it_was_sent_with),
      cmocka_unit_test(those_whose_time_is_over_come_in_order),
      cmocka_unit_test(a_lost_line_owes_its_answers_and_wants_none),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
