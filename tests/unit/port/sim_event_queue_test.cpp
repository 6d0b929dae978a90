#include "sim/event_queue.hpp"

#include "sim_support.hpp"

#include <algorithm>

using namespace kedge;
using namespace kedge::sim::detail;

static void events_come_by_time_then_by_order_whatever_is_moved_and_cancelled(void**) {
  struct Expected {
    Instant when;
    std::uint64_t order;
    Event* event;
  };
  sim::Rng rng(11);
  for (int round = 0; round < 300; ++round) {
    std::array<Event, 40> events;
    EventQueue queue(events.size());
    std::vector<Expected> expected;
    std::uint64_t order = 0;
    for (int action = 0; action < 200; ++action) {
      Event& event = events[static_cast<std::size_t>(rng.between(std::uint64_t{0}, events.size() - 1))];
      std::erase_if(expected, [&](const Expected& one) { return one.event == &event; });
      if (rng.chance(400)) {
        queue.cancel(event);
        EXPECT(!event.scheduled(), "a cancelled event not to be scheduled");
      } else {
        const Instant when{rng.between(Duration{0}, Duration{50})};
        queue.schedule(event, when);
        expected.push_back({when, order++, &event});
      }
    }
    std::sort(expected.begin(), expected.end(), [](const Expected& a, const Expected& b) {
      return a.when != b.when ? a.when < b.when : a.order < b.order;
    });
    for (const Expected& one : expected) {
      EXPECT(queue.next() == one.when && &queue.pop() == one.event, "the events in their order");
    }
    EXPECT(queue.empty() && queue.next() == never, "nothing left");
  }
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(events_come_by_time_then_by_order_whatever_is_moved_and_cancelled),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
