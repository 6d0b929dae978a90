#include "server/deadlines.hpp"

#include "support/cmocka.hpp"

#include <algorithm>
#include <random>
#include <vector>

using namespace kedge;
using server::Deadlines;

namespace {

Instant at(int milliseconds) {
  return Instant{} + std::chrono::milliseconds{milliseconds};
}

void nothing_is_due_until_it_is_said(void**) {
  Deadlines deadlines(3);
  EXPECT(deadlines.next() == never, "no deadline");
  EXPECT(Deadlines(0).next() == never, "none of no slots");
  deadlines.set(1, at(7));
  EXPECT(deadlines.next() == at(7) && deadlines.next_slot() == 1, "the only one");
}

void a_deadline_is_replaced_earlier_or_later(void**) {
  Deadlines deadlines(4);
  deadlines.set(0, at(10));
  deadlines.set(2, at(5));
  deadlines.set(3, at(20));
  EXPECT(deadlines.next_slot() == 2, "the earliest");
  deadlines.set(2, at(30));
  EXPECT(deadlines.next_slot() == 0, "the next one, as the first was put off");
  deadlines.set(3, at(1));
  EXPECT(deadlines.next_slot() == 3 && deadlines.next() == at(1), "the one that came forward");
  deadlines.set(3, never);
  deadlines.set(0, never);
  EXPECT(deadlines.next() == at(30), "what is left");
}

void among_many_the_earliest_is_always_found(void**) {
  constexpr std::size_t slots = 200;
  Deadlines deadlines(slots);
  std::vector<Instant> expected(slots, never);
  std::mt19937 random(1);
  for (int step = 0; step < 20'000; ++step) {
    const std::size_t slot = random() % slots;
    const Instant deadline = random() % 5 == 0 ? never : at(static_cast<int>(random() % 1000));
    deadlines.set(slot, deadline);
    expected[slot] = deadline;
    const Instant earliest = *std::min_element(expected.begin(), expected.end());
    EXPECT(deadlines.next() == earliest && expected[deadlines.next_slot()] == earliest,
           "the earliest of all, and whose it is");
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(nothing_is_due_until_it_is_said),
      cmocka_unit_test(a_deadline_is_replaced_earlier_or_later),
      cmocka_unit_test(among_many_the_earliest_is_always_found),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
