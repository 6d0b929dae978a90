// When pending results are fetched, and that what is being fetched is not lost; what is logged about
// messages.

#include "gate_fixture.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

agent_gate::Config without_fetching() {
  agent_gate::Config config;
  config.fetch_at_ready = false;
  return config;
}

void who_does_not_fetch_at_ready_polls_nothing_and_holds_nothing_back(void**) {
  GateWorld t(1, agent_gate::Limits::small(), {}, without_fetching());
  t.gate.rows = {row("u", "x", "{}", executed)};
  EXPECT(t.client->connect().ok() && t.client->list_tools(t.completion()).ok(), "asked");
  EXPECT(t.until(LinkState::ready), "ready");
  t.run(10ms);
  EXPECT(t.gate.requests.size() == 1 && t.gate.requests[0].method == "list_tools", "sent at once");
  t.cut();
  EXPECT(t.until(LinkState::ready), "ready again");
  t.run(5min);
  EXPECT(t.gate.polls == 0 && t.gate.rows.size() == 1, "no poll, not on the next line either");
  EXPECT(t.client->get_pending_results(t.completion()).ok() && t.all_ended(2), "asked for");
  EXPECT(t.unclaimed.size() == 1, "the row at the handler");
}

void who_does_not_fetch_at_ready_polls_for_its_own_requests_after_a_loss(void**) {
  GateWorld t(1, agent_gate::Limits::small(), {}, without_fetching());
  t.connect();
  EXPECT(t.ask("x").ok(), "asked");
  t.run(1s);
  t.cut();
  EXPECT(t.until(LinkState::ready), "ready again");
  t.run(1s);
  EXPECT(t.gate.polls == 1, "a poll");
  t.gate.rows = {row("u", "x", "{}", executed)};
  EXPECT(t.all_ended(1, 5s) && !t.ended[0].error, "resolved");
  const int polls = t.gate.polls;
  t.run(5min);
  EXPECT(t.gate.polls == polls, "no more");
}

void rows_that_the_server_is_about_to_hand_out_when_the_client_is_closed_are_not_lost(void**) {
  for (const bool large : {false, true}) {
    for (const bool own : {false, true}) {
      GateWorld t(1, large ? agent_gate::Limits::tiny() : agent_gate::Limits::small());
      t.gate.answer_polls = !own;
      EXPECT(t.client->connect().ok() && t.until(LinkState::ready), "ready");
      t.run(1s);
      t.gate.answer_polls = false;
      if (!own) EXPECT(t.client->get_pending_results(t.completion()).ok(), "asked");
      t.run(1s);
      t.client->close();
      const Instant closed = t.world.now();
      t.run(500ms);
      EXPECT(own || (t.ended.size() == 1 && t.ended[0].error.kind() == ErrorKind::closed), "closed at once");
      EXPECT(t.client->state() == LinkState::closing, "the goodbye waits");
      for (int i = 0; i < (large ? 20 : 1); ++i) {
        t.gate.rows.push_back(row("u", "x", "{\"n\":\"" + std::string(500, 'x') + "\"}", executed));
      }
      const std::size_t rows = t.gate.rows.size();
      t.gate.answer_poll(t.gate.requests.back().id);
      EXPECT(t.until(LinkState::closed, 1s), "closed as soon as it was answered");
      EXPECT(t.unclaimed.size() == rows, "all rows at the handler");
      EXPECT(t.world.now() - closed < 1s, "within close_timeout");
      EXPECT(t.client->statistics().protocol_errors == 0, "nothing wrong with that");
    }
  }
}

void a_poll_that_is_not_answered_does_not_keep_a_client_from_closing_in_time(void**) {
  GateWorld t;
  t.connect();
  t.gate.answer_polls = false;
  EXPECT(t.client->get_pending_results(t.completion()).ok() && t.ask("x").ok(), "asked");
  t.run(1s);
  const Instant closed = t.world.now();
  t.client->close();
  EXPECT(t.until(LinkState::closed, 1min) && t.world.now() - closed <= 5s, "within close_timeout");
  EXPECT(t.ended.size() == 2, "everything ended");
}

void requests_that_wait_are_not_sent_while_the_last_poll_is_waited_for(void**) {
  GateWorld t;
  t.gate.answer_polls = false;
  EXPECT(t.client->connect().ok() && t.ask("x").ok() && t.until(LinkState::ready), "ready");
  t.run(1s);
  t.client->close();
  t.run(20ms);
  t.gate.answer_poll(t.gate.requests.back().id);
  EXPECT(t.until(LinkState::closed), "closed");
  EXPECT(t.gate.tools().empty() && t.gate.polls == 1, "nothing more was sent");
}

// --- the log

void at_debug_each_message_is_logged_by_method_id_and_bytes_never_by_content(void**) {
  ClientConfig config;
  config.log_level = LogLevel::debug;
  GateWorld t(1, agent_gate::Limits::small(), std::move(config));
  t.connect();
  EXPECT(t.ask("open_door", R"({"code":"4711"})", {5s, Priority::normal}).ok(), "asked");
  t.run(1s);
  const std::string id = t.gate.tools()[0].id;
  EXPECT(t.logged("send: auth, ") && t.logged("receive: result, "), "the authentication");
  EXPECT(t.logged("send: get_pending_results, id "), "the poll");
  EXPECT(t.logged("send: tool_request, id " + id + ", "), "the request");
  t.gate.say(R"({"result":{"secret":4712},"id":99})");
  EXPECT(t.all_ended(1, 1min), "a timeout");
  EXPECT(t.logged("receive: result, id 99, 34 bytes"), "an answer");
  EXPECT(t.logged("timeout: no answer in time, id " + id), "the timeout");
  EXPECT(!t.logged("4711") && !t.logged("4712") && !t.logged("open_door"), "no content");
}

void unless_asked_for_debug_lines_are_not_made(void**) {
  GateWorld t;
  t.connect();
  EXPECT(t.ask("x", "{}", {5s, Priority::normal}).ok() && t.all_ended(1, 1min), "a timeout");
  EXPECT(!t.logged("send") && !t.logged("receive") && !t.logged("timeout"), "none");
  EXPECT(t.logged("ready"), "but the others");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(who_does_not_fetch_at_ready_polls_nothing_and_holds_nothing_back),
      cmocka_unit_test(who_does_not_fetch_at_ready_polls_for_its_own_requests_after_a_loss),
      cmocka_unit_test(rows_that_the_server_is_about_to_hand_out_when_the_client_is_closed_are_not_lost),
      cmocka_unit_test(a_poll_that_is_not_answered_does_not_keep_a_client_from_closing_in_time),
      cmocka_unit_test(requests_that_wait_are_not_sent_while_the_last_poll_is_waited_for),
      cmocka_unit_test(at_debug_each_message_is_logged_by_method_id_and_bytes_never_by_content),
      cmocka_unit_test(unless_asked_for_debug_lines_are_not_made),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
