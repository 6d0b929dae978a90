#include "protocol/agent_gate/poll_schedule.hpp"

#include "support/cmocka.hpp"

using namespace kedge;
using namespace kedge::agent_gate;
using namespace std::chrono_literals;

namespace {

constexpr PollTimes times{10s, 2s, 30s};
constexpr Instant start{1000s};

void nothing_is_due_before_the_line_is_ready(void**) {
  const PollSchedule schedule(times);
  EXPECT(!schedule.due(start) && schedule.next_deadline() == never, "nothing");
}

void polls_come_at_once_then_after_2_s_doubling_to_30(void**) {
  PollSchedule schedule(times);
  schedule.start(start);
  Instant now = start;
  for (const Duration gap : {2s, 4s, 8s, 16s, 30s, 30s}) {
    EXPECT(schedule.due(now), "due");
    schedule.asked(now, 7);
    EXPECT(!schedule.due(now + gap), "not while an answer is waited for");
    EXPECT(schedule.answered(7), "the answer");
    EXPECT(!schedule.due(now + gap - 1us), "not early");
    EXPECT(schedule.next_deadline() == now + gap, "the next one");
    now += gap;
  }
}

void a_poll_without_an_answer_is_given_up_after_its_timeout(void**) {
  PollSchedule schedule(times);
  schedule.start(start);
  schedule.asked(start, 7);
  EXPECT(schedule.next_deadline() == start + 10s, "the deadline of the answer");
  EXPECT(!schedule.give_up(start + 10s - 1us), "not early");
  EXPECT(schedule.give_up(start + 10s), "given up");
  EXPECT(!schedule.give_up(start + 11s), "once");
  EXPECT(!schedule.answered(7), "its answer is no longer waited for");
  EXPECT(schedule.due(start + 10s), "the next one is due");
}

void an_interval_without_end_means_that_the_first_poll_is_the_only_one(void**) {
  PollSchedule schedule({10s, Duration::max(), Duration::max()});
  schedule.start(start);
  schedule.postpone(start);
  schedule.postpone(start);
  EXPECT(schedule.next_deadline() == never, "the interval is doubled, and does not wrap");
}

void only_the_poll_under_way_is_answered_and_only_once(void**) {
  PollSchedule schedule(times);
  EXPECT(!schedule.answered(0), "no poll has the id 0");
  schedule.start(start);
  schedule.asked(start, 7);
  EXPECT(!schedule.answered(8), "another id");
  EXPECT(schedule.answered(7) && !schedule.answered(7), "once");
  schedule.stop();
  EXPECT(!schedule.due(start + 1h) && schedule.next_deadline() == never, "nothing after the stop");
}

void a_poll_of_a_line_that_is_gone_is_not_answered_on_the_next(void**) {
  PollSchedule schedule(times);
  schedule.start(start);
  schedule.asked(start, 7);
  schedule.stop();
  EXPECT(!schedule.answered(7), "nothing is under way after the stop");
  schedule.start(start + 1s);
  EXPECT(schedule.due(start + 1s), "the next line is asked at once");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(nothing_is_due_before_the_line_is_ready),
      cmocka_unit_test(polls_come_at_once_then_after_2_s_doubling_to_30),
      cmocka_unit_test(a_poll_without_an_answer_is_given_up_after_its_timeout),
      cmocka_unit_test(an_interval_without_end_means_that_the_first_poll_is_the_only_one),
      cmocka_unit_test(only_the_poll_under_way_is_answered_and_only_once),
      cmocka_unit_test(a_poll_of_a_line_that_is_gone_is_not_answered_on_the_next),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
