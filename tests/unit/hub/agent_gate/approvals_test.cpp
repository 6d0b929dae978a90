#include "hub/agent_gate/approvals.hpp"

#include "support/cmocka.hpp"

using namespace kedge;
using namespace kedge::hub::agent_gate;
using namespace std::chrono_literals;

static Instant at(Duration time) {
  return Instant(time);
}

static Job job(std::uint64_t connection, std::string id) {
  Job asked;
  asked.connection = connection;
  asked.id = std::move(id);
  return asked;
}

static void each_is_resolved_once(void**) {
  Approvals approvals(3);
  const auto first = approvals.add(job(1, "1"), at(0s), 10s);
  const auto second = approvals.add(job(2, "2"), at(0s), 10s);
  EXPECT(first != second, "ids of their own");
  const auto taken = approvals.take(first);
  EXPECT(taken && taken->job.id == "1", "the one that was asked for");
  EXPECT(!approvals.take(first) && !approvals.take(99), "nothing the second time");
  EXPECT(approvals.add({}, at(0s), 10s) > second, "no id to be used again");
}

static void the_table_says_when_it_is_full(void**) {
  Approvals approvals(1);
  EXPECT(!approvals.full(), "room");
  const auto id = approvals.add({}, at(0s), 1s);
  EXPECT(approvals.full(), "no room");
  EXPECT(approvals.take(id) && !approvals.full(), "room again");
}

static void what_has_expired_comes_out_in_order(void**) {
  Approvals approvals(3);
  approvals.add(job(1, "late"), at(0s), 20s);
  approvals.add(job(1, "a"), at(0s), 10s);
  approvals.add(job(1, "b"), at(0s), 10s);
  EXPECT(approvals.next_deadline() == at(10s), "the earliest deadline");
  EXPECT(!approvals.take_expired(at(9s)), "nothing too early");
  EXPECT_TEXT(approvals.take_expired(at(10s))->job.id, "a");
  EXPECT_TEXT(approvals.take_expired(at(10s))->job.id, "b");
  EXPECT(!approvals.take_expired(at(10s)) && approvals.next_deadline() == at(20s), "the late one to stay");
}

static void a_connections_approvals_are_known(void**) {
  Approvals approvals(2);
  EXPECT(approvals.next_deadline() == never && !approvals.any_of(7), "an empty table");
  const auto id = approvals.add(job(7, "1"), at(0s), 1s);
  EXPECT(approvals.any_of(7) && !approvals.any_of(8), "one of 7's");
  EXPECT(approvals.take(id) && !approvals.any_of(7), "none any more");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(each_is_resolved_once),
      cmocka_unit_test(the_table_says_when_it_is_full),
      cmocka_unit_test(what_has_expired_comes_out_in_order),
      cmocka_unit_test(a_connections_approvals_are_known),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
