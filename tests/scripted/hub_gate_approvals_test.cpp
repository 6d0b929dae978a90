// The agent-gate stand-in's approvals, its one agent at a time, and the results it keeps for one that is
// gone.

#include "hub_gate_fixture.hpp"

#include <set>

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;
using hub::agent_gate::Config;
using hub::agent_gate::CutKind;
using hub::agent_gate::read_config;

namespace {

// ---- approvals

void the_operator_approves_and_denies(void**) {
  GateWorld t;
  auto agent = t.agent();
  t.tool(*agent, "ask_me", "1");
  t.tool(*agent, "ask_me", "2");
  t.tool(*agent, "ask_slowly", "3");
  const auto first = t.gate.approvals()[0].id;
  const auto second = t.gate.approvals()[1].id;
  const auto third = t.gate.approvals()[2].id;
  EXPECT(t.gate.deny(second), "the second to be denied");
  t.world.run_for(20ms);
  EXPECT_TEXT(agent->messages.back(), error(-32001, "Denied by user", "2"));
  EXPECT(t.gate.approve(first) && !t.gate.approve(first) && !t.gate.deny(first), "one verdict each");
  EXPECT(t.gate.approve(third), "the slow one to be approved");
  t.world.run_for(20ms);
  EXPECT_TEXT(agent->messages.back(), executed(R"({"asked": true})", "1"));
  t.world.run_for(1s);
  EXPECT_TEXT(agent->messages.back(), executed(R"({"asked": "slowly"})", "3"));
  EXPECT(t.gate.executions_of("1") == 1 && t.gate.executions_of("2") == 0,
         "only what was approved to have run");
}

void an_approval_times_out_after_900_seconds(void**) {
  GateWorld t;
  auto agent = t.agent();
  t.tool(*agent, "ask_me");
  t.world.run_for(899s);
  EXPECT(agent->messages.size() == 1, "no answer yet");
  t.world.run_for(1s);
  EXPECT_TEXT(agent->messages.back(), error(-32002, "Approval timed out"));
  EXPECT(t.gate.approvals().empty() && t.gate.counters().approvals_timed_out == 1, "no approval left");
}

void ten_approvals_may_be_pending(void**) {
  GateWorld t;
  auto agent = t.agent();
  for (int i = 0; i < 10; ++i) EXPECT_TEXT(t.tool(*agent, "ask_me"), "");
  EXPECT_TEXT(t.tool(*agent, "ask_me", "11"), error(-32006, "Too many pending approvals", "11"));
}

// ---- one agent at a time

void a_second_agent_is_upgraded_and_closed_with_4000(void**) {
  GateWorld t;
  auto first = t.agent();
  auto second = t.open();
  EXPECT(second->status() == 101 && second->close_code == 4000, "101, then 4000");
  EXPECT_TEXT(second->close_reason, "Another agent is already connected");
  EXPECT_TEXT(t.tool(*first, "echo"), executed("{}"));
}

void a_clean_close_holds_the_slot_while_an_approval_is_pending(void**) {
  GateWorld t;
  auto first = t.agent();
  t.tool(*first, "ask_me");
  first->close(1000);
  t.world.run_for(2s);
  EXPECT(!t.gate.agent_connected() && t.gate.slot_taken(), "the slot to be held");
  EXPECT(t.open()->close_code == 4000, "a reconnect to be turned away");
  EXPECT(t.gate.approve(t.gate.approvals()[0].id), "the approval to be there still");
  EXPECT(t.open()->close_code == 4000, "the slot to be held a little longer");
  t.world.run_for(50ms);
  auto again = t.agent();
  EXPECT(contains(t.pending(*again), R"({\"status\":\"executed\",\"data\":{\"asked\": true}})"),
         "its result");
}

// As the real gateway: 7 to 10 of 15 calls in a row found it so.
void a_clean_close_holds_the_slot_for_10_to_50_ms(void**) {
  std::set<std::int64_t> times;
  GateWorld t;
  for (int i = 0; i < 20; ++i) {
    auto agent = t.agent();
    t.tool(*agent, "read");
    agent->close(1001);
    EXPECT(t.world.run_until([&] { return !t.gate.agent_connected(); }, 1s), "the agent to be gone");
    const Instant gone = t.port.now();
    EXPECT(t.gate.slot_taken(), "the slot to be held after the close");
    while (t.gate.slot_taken()) t.world.run_for(1ms);
    const auto held = (t.port.now() - gone) / 1ms;
    EXPECT(held >= 10 && held <= 51, "10 to 50 ms");
    times.insert(held);
  }
  EXPECT(times.size() > 3, "times that differ");
}

void how_long_the_slot_is_held_is_configured(void**) {
  Config config = read_config(gate_policy);
  config.slot_held_min = config.slot_held_max = 2s;
  GateWorld t(std::move(config));
  auto first = t.agent();
  first->close(1000);
  t.world.run_for(1900ms);
  EXPECT(t.open()->close_code == 4000, "a reconnect to be turned away");
  t.world.run_for(200ms);
  EXPECT(t.open()->close_code == 0, "the slot to be free after the time");

  Config none = read_config(gate_policy);
  none.slot_held_min = none.slot_held_max = 0s;
  GateWorld free(std::move(none));
  auto second = free.agent();
  second->close(1000);
  EXPECT(free.world.run_until([&] { return !free.gate.agent_connected(); }, 1s), "the agent to be gone");
  EXPECT(!free.gate.slot_taken(), "a free slot at once");
}

void an_abrupt_cut_frees_the_slot_with_approvals_pending(void**) {
  for (const bool by_operator : {true, false}) {
    GateWorld t;
    auto first = t.agent();
    t.tool(*first, "ask_me");
    if (by_operator) {
      EXPECT(t.gate.cut_agent(CutKind::abrupt), "an agent to cut");
    } else {
      first->reset();
    }
    t.world.run_for(100ms);
    EXPECT(first->close_code == 0, "no close frame");
    EXPECT(!t.gate.slot_taken() && t.gate.approvals().size() == 1, "a free slot, the approval pending");
    auto again = t.agent();
    EXPECT_TEXT(t.pending(*again), no_rows);
    EXPECT(t.gate.approve(t.gate.approvals()[0].id), "the approval to be there");
    const std::size_t before = again->messages.size();
    t.world.run_for(1min);
    EXPECT(again->messages.size() == before, "the result never to be pushed");
    EXPECT(contains(t.pending(*again), R"("tool_name":"ask_me")"), "the row at the next poll");
  }
}

void the_operators_clean_cut_closes_with_1000(void**) {
  GateWorld t;
  auto agent = t.agent();
  EXPECT(t.gate.cut_agent(CutKind::clean), "an agent to cut");
  t.world.run_for(100ms);
  EXPECT(agent->close_code == 1000 && agent->ended, "1000, then the end");
  EXPECT(!t.gate.cut_agent(CutKind::clean), "no agent left to cut");
}

// ---- results for later

void a_row_has_the_pages_shape_is_handed_out_once_and_expires(void**) {
  GateWorld t(older());
  auto first = t.agent();
  t.tool(*first, "ask_me", "14", R"({"a":"\"q\""})");
  first->reset();
  t.world.run_for(100ms);
  EXPECT(t.gate.deny(t.gate.approvals()[0].id), "an approval to deny");
  auto again = t.agent();
  const std::string rows = t.pending(*again);
  EXPECT(contains(rows,
                  R"({"request_id":"14","tool_name":"ask_me","args":"{\"a\":\"\\\"q\\\"\"}","signature":)") &&
             contains(rows, R"("result":"{\"status\":\"denied\",\"data\":\"Denied by user\"}")") &&
             contains(rows, R"("created_at":"2026-01-01T00:00:)") &&
             contains(rows, R"("expires_at":"2026-01-02T00:00:)"),
         "the page's row");
  EXPECT_TEXT(t.pending(*again), no_rows);
  t.tool(*again, "ask_slowly", "15");
  EXPECT(t.gate.approve(t.gate.approvals()[0].id), "an approval");
  again->reset();
  t.world.run_for(10s);
  EXPECT(t.gate.results_kept() == 1, "the slow tool's result to be kept");
  t.world.run_for(24h);
  EXPECT(t.gate.results_kept() == 0, "it to expire after its day");
}

void an_approval_that_times_out_offline_leaves_a_denied_row(void**) {
  GateWorld t;
  auto first = t.agent();
  t.tool(*first, "ask_me");
  first->reset();
  t.world.run_for(901s);
  auto again = t.agent();
  EXPECT(contains(t.pending(*again), R"({\"status\":\"denied\",\"data\":\"Approval timed out\"})"),
         "a denied row");
}

void newer_servers_name_rows_by_uuid(void**) {
  GateWorld t;
  auto first = t.agent();
  t.tool(*first, "ask_me", "14");
  const std::string& id = t.gate.approvals()[0].job.request_id;
  EXPECT(id.size() == 36 && id[14] == '4' && id[8] == '-' && id[23] == '-', "a version 4 UUID");
}

void rows_of_an_earlier_process_can_be_seeded(void**) {
  Config config = read_config(gate_policy);
  config.pending_results.push_back({"14", "read", "{}", "executed", R"({"old":true})"});
  GateWorld t(std::move(config));
  auto agent = t.agent();
  EXPECT(contains(t.pending(*agent), R"("request_id":"14")"), "the seeded row");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_operator_approves_and_denies),
      cmocka_unit_test(an_approval_times_out_after_900_seconds),
      cmocka_unit_test(ten_approvals_may_be_pending),
      cmocka_unit_test(a_second_agent_is_upgraded_and_closed_with_4000),
      cmocka_unit_test(a_clean_close_holds_the_slot_while_an_approval_is_pending),
      cmocka_unit_test(a_clean_close_holds_the_slot_for_10_to_50_ms),
      cmocka_unit_test(how_long_the_slot_is_held_is_configured),
      cmocka_unit_test(an_abrupt_cut_frees_the_slot_with_approvals_pending),
      cmocka_unit_test(the_operators_clean_cut_closes_with_1000),
      cmocka_unit_test(a_row_has_the_pages_shape_is_handed_out_once_and_expires),
      cmocka_unit_test(an_approval_that_times_out_offline_leaves_a_denied_row),
      cmocka_unit_test(newer_servers_name_rows_by_uuid),
      cmocka_unit_test(rows_of_an_earlier_process_can_be_seeded),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
