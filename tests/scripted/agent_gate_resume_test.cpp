// What the agent-gate client promises about a line that drops.

#include "gate_fixture.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

void what_was_sent_is_not_sent_again_and_resolves_from_the_pending_results(void**) {
  for (const bool older : {true, false}) {
    GateWorld t;
    t.connect();
    EXPECT(t.ask("x", R"({"a":1,"b":[1.0,"\u00e4"]})").ok(), "asked");
    t.run(1s);
    t.cut();
    const std::string id = t.gate.tools()[0].id;
    // The server writes the arguments in its own way.
    t.gate.rows = {row(older ? id : "0b5f-uuid", "x", "{ \"b\": [1, \"\xc3\xa4\"], \"a\": 1 }", executed)};
    EXPECT(t.all_ended(1, 2min), "the request to end");
    EXPECT(!t.ended[0].error, "a result");
    EXPECT_TEXT(t.ended[0].text, R"({"ok":true})");
    EXPECT(t.gate.tools().size() == 1, "sent once");
    EXPECT(t.gate.first_messages.size() == 2, "authenticated again");
    EXPECT(t.unclaimed.empty(), "the row used up");
  }
}

void denied_and_failed_rows_end_their_requests_so(void**) {
  GateWorld t;
  t.connect();
  EXPECT(t.ask("a").ok() && t.ask("b").ok() && t.ask("c").ok() && t.ask("d").ok(), "asked");
  t.run(1s);
  t.cut();
  t.gate.rows = {row("u1", "a", "{}", R"({"status":"denied","data":"Not \"today\""})"),
                 row("u2", "b", "{}", R"({"status":"error","data":"It broke"})"), row("u3", "c", "{}", "[]"),
                 row("u4", "d", "{}", R"({"status":"executed"})")};
  EXPECT(t.all_ended(4, 2min), "all to end");
  EXPECT(t.ended[0].error.kind() == ErrorKind::denied && t.ended[0].error.code() == -32001, "denied");
  EXPECT_TEXT(t.ended[0].error.message(), "Not \"today\"");
  EXPECT(t.ended[1].error.kind() == ErrorKind::remote && t.ended[1].error.code() == -32004, "remote");
  EXPECT_TEXT(t.ended[1].error.message(), "It broke");
  EXPECT(t.ended[2].error.kind() == ErrorKind::protocol, "protocol");
  EXPECT_TEXT(t.ended[3].text, "null");
}

void a_result_approved_after_the_poll_is_found_by_polling_again_after_2_s_doubling_to_30(void**) {
  GateWorld t;
  t.connect();
  EXPECT(t.ask("x").ok(), "asked");
  t.run(1s);
  t.cut();
  EXPECT(t.until(LinkState::ready), "ready again");
  t.run(1s);
  std::vector<Instant> when;
  t.gate.on_request = [&](const GateRequest& request) {
    if (request.method == "get_pending_results") when.push_back(t.world.now());
    return false;
  };
  EXPECT(t.gate.polls == 2, "one poll at once after each ready");
  t.run(5min);
  const Duration gaps[] = {4s, 8s, 16s, 30s, 30s};
  EXPECT(when.size() > 6, "polls while it is unresolved");
  for (std::size_t i = 0; i < 5; ++i) {
    const Duration off = when[i + 1] - when[i] - gaps[i];
    EXPECT(off > -100ms && off < 100ms, "2 s doubling to 30");
  }
  t.gate.rows = {row("uuid", "x", "{}", executed)};
  EXPECT(t.all_ended(1, 31s), "resolved by the next poll");
  const int polls = t.gate.polls;
  t.run(10min);
  EXPECT(t.gate.polls <= polls + 1, "no polls when nothing is waited for");
}

void requests_that_had_not_left_are_sent_after_the_reconnect(void**) {
  GateWorld t;
  t.connect();
  t.cut();
  EXPECT(t.ask("x").ok(), "asked while the line is down");
  t.gate.on_request = [&](const GateRequest& request) {
    if (request.method != "tool_request") return false;
    t.gate.answer(request.id, executed);
    return true;
  };
  EXPECT(t.all_ended(1, 2min), "answered");
  EXPECT(!t.ended[0].error && t.gate.tools().size() == 1, "sent once");
}

void while_the_line_is_down_the_deadline_counts_and_a_full_ring_refuses_at_once(void**) {
  GateWorld t(1, agent_gate::Limits::tiny());
  t.connect();
  t.listener.close();
  t.cut();
  EXPECT(t.ask("x", "{}", {3s, Priority::normal}).ok(), "asked while the line is down");
  EXPECT(t.all_ended(1, 4s), "an end");
  EXPECT(t.ended[0].error.kind() == ErrorKind::timeout, "timeout");
  EXPECT(t.client->statistics().requests_timed_out == 1, "counted once");
  const std::string args = "{\"a\":\"" + std::string(3500, 'x') + "\"}";
  EXPECT(t.ask("x", args).ok() && t.ask("x", args).ok(), "room for two");
  EXPECT(t.ask("x", args).error().kind() == ErrorKind::queue_full, "queue_full at once");
  EXPECT(t.client->statistics().pending == 2, "the refused one not pending");
}

void a_queued_request_that_is_cancelled_is_never_sent(void**) {
  GateWorld t;
  const auto handle = t.ask("x");
  EXPECT(t.client->cancel(*handle), "found");
  t.connect();
  EXPECT(t.ended.size() == 1 && t.ended[0].error.kind() == ErrorKind::cancelled, "cancelled");
  EXPECT(t.gate.tools().empty(), "not sent");
}

void when_attempts_are_used_up_everything_pending_completes_with_connection_lost(void**) {
  ClientConfig config;
  config.max_retries = 2;
  GateWorld t(1, agent_gate::Limits::small(), std::move(config));
  t.connect();
  EXPECT(t.ask("sent").ok(), "asked");
  t.run(1s);
  t.listener.close();
  t.cut();
  EXPECT(t.ask("queued").ok(), "asked");
  EXPECT(t.until(LinkState::closed, 5min), "given up");
  EXPECT(t.ended.size() == 2, "both ended");
  for (const auto& end : t.ended) {
    EXPECT(end.error.kind() == ErrorKind::connection, "connection");
    EXPECT(end.error.message().starts_with("Connection lost"), "Connection lost");
  }
  EXPECT(t.ask("x").error().kind() == ErrorKind::closed, "closed from now on");
}

void questions_asked_on_a_lost_line_fail_with_connection(void**) {
  GateWorld t;
  t.connect();
  t.gate.on_request = [](const GateRequest&) { return true; };
  for (int i = 0; i < 20; ++i) EXPECT(t.client->list_tools(t.completion()).ok(), "started");
  EXPECT(t.client->get_pending_results(t.completion()).ok(), "started");
  t.run(1s);
  t.cut();
  t.run(1s);
  EXPECT(t.ended.size() == 21, "all ended");
  for (const auto& end : t.ended) EXPECT(end.error.kind() == ErrorKind::connection, "connection");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(what_was_sent_is_not_sent_again_and_resolves_from_the_pending_results),
      cmocka_unit_test(denied_and_failed_rows_end_their_requests_so),
      cmocka_unit_test(a_result_approved_after_the_poll_is_found_by_polling_again_after_2_s_doubling_to_30),
      cmocka_unit_test(requests_that_had_not_left_are_sent_after_the_reconnect),
      cmocka_unit_test(while_the_line_is_down_the_deadline_counts_and_a_full_ring_refuses_at_once),
      cmocka_unit_test(a_queued_request_that_is_cancelled_is_never_sent),
      cmocka_unit_test(when_attempts_are_used_up_everything_pending_completes_with_connection_lost),
      cmocka_unit_test(questions_asked_on_a_lost_line_fail_with_connection),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
