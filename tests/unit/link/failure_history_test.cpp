#include "link/failure_history.hpp"

#include "support/cmocka.hpp"

using namespace kedge;

namespace {

Error status(std::int32_t number) {
  return {ErrorKind::connection, Layer::http, number, "refused"};
}

void fail(FailureHistory& history, const Error& why, int times) {
  for (int i = 0; i < times; ++i) history.failed(why);
}

void ten_of_one_answer_in_a_row_are_many_and_nine_are_not(void**) {
  for (const Error& why : {status(404), Error(ErrorKind::connection, Layer::websocket, 1008, "no")}) {
    FailureHistory history;
    fail(history, why, 9);
    EXPECT(!history.same_answer_many_times(), "nine not to be many");
    fail(history, why, 1);
    EXPECT(history.same_answer_many_times(), "ten to be many");
    fail(history, why, 100);
    EXPECT(history.same_answer_many_times(), "more of them, too");
  }
}

void another_answer_and_another_failure_begin_again(void**) {
  for (const Error& other : {status(503), Error(ErrorKind::connection, Layer::system, 404, "no route"),
                             Error(ErrorKind::protocol, Layer::http, 0, "no HTTP"),
                             Error(ErrorKind::connection, Layer::websocket, 404, "a code of that number")}) {
    FailureHistory history;
    fail(history, status(404), 10);
    history.failed(other);
    EXPECT(!history.same_answer_many_times(), "the other one not to have come ten times");
    fail(history, status(404), 9);
    EXPECT(!history.same_answer_many_times(), "nine since then");
  }
}

void failures_that_are_no_answer_are_never_many(void**) {
  FailureHistory history;
  fail(history, Error(ErrorKind::protocol, Layer::http, 0, "a captive portal's page"), 100);
  EXPECT(!history.same_answer_many_times(), "no status, no count");
  fail(history, Error(ErrorKind::tls, Layer::tls, -0x2700, "a captive portal's certificate"), 100);
  EXPECT(!history.same_answer_many_times(), "no answer of HTTP");
}

void a_401_and_a_403_are_one_answer(void**) {
  FailureHistory history;
  for (int i = 0; i < 5; ++i) {
    history.failed(status(401));
    history.failed(status(403));
  }
  EXPECT(history.same_answer_many_times(), "ten refusals of one credential");
}

void ready_ends_every_count_and_is_remembered(void**) {
  FailureHistory history;
  EXPECT(!history.was_ready(), "never ready");
  for (int i = 0; i < 10; ++i) history.judged(true);
  fail(history, status(404), 10);
  history.ready();
  EXPECT(history.was_ready(), "ready once");
  EXPECT(!history.same_answer_many_times() && !history.is_settled(), "nothing counted any more");
  fail(history, status(404), 1);
  EXPECT(history.was_ready(), "for good");
}

void ten_fatal_failures_in_a_row_whatever_they_were_settle_it(void**) {
  FailureHistory history;
  for (int i = 0; i < 9; ++i) history.judged(true);
  EXPECT(!history.is_settled(), "nine not to");
  history.judged(true);
  EXPECT(history.is_settled(), "ten to");
  history.judged(false);
  EXPECT(!history.is_settled(), "one of another kind to begin again");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(ten_of_one_answer_in_a_row_are_many_and_nine_are_not),
      cmocka_unit_test(another_answer_and_another_failure_begin_again),
      cmocka_unit_test(failures_that_are_no_answer_are_never_many),
      cmocka_unit_test(a_401_and_a_403_are_one_answer),
      cmocka_unit_test(ready_ends_every_count_and_is_remembered),
      cmocka_unit_test(ten_fatal_failures_in_a_row_whatever_they_were_settle_it),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
