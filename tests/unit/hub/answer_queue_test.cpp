#include "hub/answer_queue.hpp"

#include "support/cmocka.hpp"

#include <string>

using namespace kedge;
using namespace std::chrono_literals;
using hub::AnswerPlan;
using hub::AnswerQueue;

namespace {

std::string joined(const std::vector<std::string>& answers) {
  std::string text;
  for (const std::string& answer : answers) text += answer + ",";
  return text;
}

void what_has_no_plan_goes_out_at_once(void**) {
  AnswerQueue<std::string> queue;
  EXPECT_TEXT(joined(queue.put({}, "a", {})), "a,");
  EXPECT(queue.size() == 0 && queue.next_deadline() == never, "nothing that waits");
}

void a_delay_is_waited_for_and_the_first_due_comes_first(void**) {
  AnswerQueue<std::string> queue;
  const AnswerPlan slow{.delay = 30ms};
  const AnswerPlan quick{.delay = 10ms};
  EXPECT(queue.put(slow, "slow", {}).empty() && queue.put(quick, "quick", {}).empty(), "both to wait");
  EXPECT(queue.next_deadline() == Instant{} + 10ms && queue.delayed() == 2, "the quick one to be next");
  EXPECT(queue.take_due(Instant{} + 9ms).empty(), "nothing before its time");
  EXPECT_TEXT(joined(queue.take_due(Instant{} + 40ms)), "quick,");
  EXPECT_TEXT(joined(queue.take_due(Instant{} + 40ms)), "slow,");
  EXPECT(queue.size() == 0, "nothing left");
}

void answers_of_a_plan_wait_for_each_other_and_go_out_newest_first(void**) {
  AnswerQueue<std::string> queue;
  const AnswerPlan three{.reverse = 3};
  const AnswerPlan two{.delay = 5ms, .reverse = 2};
  EXPECT(queue.put(three, "a", {}).empty() && queue.put(three, "b", {}).empty(), "two to wait for a third");
  EXPECT(queue.put(two, "x", {}).empty() && queue.put(two, "y", {}).empty(), "delays first");
  EXPECT(queue.take_due(Instant{} + 5ms).empty() && queue.held() == 3, "the first to wait for the second");
  EXPECT_TEXT(joined(queue.take_due(Instant{} + 5ms)), "y,x,");
  EXPECT_TEXT(joined(queue.put(three, "c", {})), "c,b,a,");
  EXPECT(queue.size() == 0, "nothing left");
}

void what_nobody_wants_any_more_is_dropped_wherever_it_waits(void**) {
  AnswerQueue<std::string> queue;
  const AnswerPlan slow{.delay = 30ms};
  const AnswerPlan three{.reverse = 3};
  for (const char* answer : {"a1", "b1"}) (void)queue.put(slow, answer, {});
  for (const char* answer : {"a2", "b2"}) (void)queue.put(three, answer, {});
  EXPECT(queue.erase_if([](const std::string& answer) { return answer[0] == 'a'; }) == 2,
         "two to be dropped");
  EXPECT(queue.delayed() == 1 && queue.held() == 1, "the others to stay");
  EXPECT(queue.put(three, "c", {}).empty(), "the count to be of those that are left");
  EXPECT_TEXT(joined(queue.put(three, "d", {})), "d,c,b2,");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(what_has_no_plan_goes_out_at_once),
      cmocka_unit_test(a_delay_is_waited_for_and_the_first_due_comes_first),
      cmocka_unit_test(answers_of_a_plan_wait_for_each_other_and_go_out_newest_first),
      cmocka_unit_test(what_nobody_wants_any_more_is_dropped_wherever_it_waits),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
