// Which requests may have run when they end without an answer, and how long a row is worth waiting for.

#include "gate_fixture.hpp"

#include <utility>

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

agent_gate::RequestOptions worth(Duration after_loss, Duration deadline = 930s) {
  agent_gate::RequestOptions options;
  options.deadline = deadline;
  options.after_loss = after_loss;
  return options;
}

bool says_unknown(const Error& error) {
  return error.may_have_run() &&
         error.message().find("its outcome is unknown: it may have run") != std::string_view::npos;
}

// Large messages, on a line that takes them slowly.
void slow_down(GateWorld& t) {
  sim::NetworkProfile slow;
  slow.buffer_bytes = 1024;
  t.world.set_profile(slow);
}
std::string large_args(std::size_t bytes) {
  return "{\"a\":\"" + std::string(bytes, 'x') + "\"}";
}

// --- after_loss

void a_request_whose_line_was_lost_ends_after_loss_after_the_first_poll_with_connection(void**) {
  GateWorld t;
  t.connect();
  EXPECT(t.ask("x", "{}", worth(5s)).ok() && t.ask("y").ok(), "asked");
  t.run(1s);
  sim::NetworkProfile shut;
  shut.refuse_permille = 1000;
  t.world.set_profile(shut);
  t.cut();
  t.run(2min);
  EXPECT(t.ended.empty(), "not before the first poll that follows");
  t.world.set_profile({});
  EXPECT(t.until(LinkState::ready), "ready again");
  const Instant ready = t.world.now();
  EXPECT(t.all_ended(1, 6s), "an end");
  EXPECT(t.ended[0].when - ready > 4900ms && t.ended[0].when - ready < 5100ms, "5 s after the poll");
  EXPECT(t.ended[0].error.kind() == ErrorKind::connection && says_unknown(t.ended[0].error), "connection");
  EXPECT(t.client->statistics().requests_timed_out == 0, "no timeout");
  t.run(1min);
  EXPECT(t.ended.size() == 1, "the other waits until its deadline");
}

void a_row_that_comes_within_after_loss_is_the_answer(void**) {
  GateWorld t;
  t.connect();
  EXPECT(t.ask("x", "{}", worth(5s)).ok() && t.ask("y", "{}", worth(0s)).ok(), "asked");
  EXPECT(t.ask("z", "{}", worth(0s)).ok(), "asked");
  t.run(1s);
  t.cut();
  t.gate.rows = {row("u1", "y", "{}", executed)};
  EXPECT(t.all_ended(2, 2min), "two to end");
  EXPECT(!t.ended[0].error, "what the first poll brings counts, even without any patience");
  EXPECT(says_unknown(t.ended[1].error), "and what it does not bring is not waited for");
  t.gate.rows = {row("u2", "x", "{}", executed)};
  EXPECT(t.all_ended(3, 5s) && !t.ended[2].error, "the second poll's row, after 2 s");
}

void on_a_line_that_holds_after_loss_means_nothing(void**) {
  GateWorld t;
  t.connect();
  EXPECT(t.ask("x", "{}", worth(1s, 20s)).ok(), "asked");
  EXPECT(t.all_ended(1, 1min), "an end");
  EXPECT(t.ended[0].error.kind() == ErrorKind::timeout && says_unknown(t.ended[0].error), "its deadline");
  EXPECT(t.ask("x", "{}", worth(-1s)).error().kind() == ErrorKind::config, "a negative one is refused");
}

void at_its_deadline_a_request_that_was_on_the_wire_at_a_loss_says_that_it_may_have_run(void**) {
  GateWorld t;
  t.connect();
  EXPECT(t.ask("x", "{}", {10s, Priority::normal}).ok(), "asked");
  t.run(1s);
  t.cut();
  EXPECT(t.all_ended(1, 1min), "an end");
  EXPECT(t.ended[0].error.kind() == ErrorKind::timeout && says_unknown(t.ended[0].error), "timeout");
}

// --- may_have_run, end by end

void what_was_sent_may_have_run_however_it_ends_without_an_answer(void**) {
  {
    GateWorld t;
    t.connect();
    const auto handle = t.ask("x");
    t.run(1s);
    EXPECT(t.client->cancel(*handle) && t.all_ended(1), "cancelled");
    EXPECT(t.ended[0].error.kind() == ErrorKind::cancelled && t.ended[0].error.may_have_run(), "cancelled");
    EXPECT(t.ask("y").ok(), "asked");
    t.run(1s);
    t.client->close();
    EXPECT(t.all_ended(2), "closed");
    EXPECT(t.ended[1].error.kind() == ErrorKind::closed && t.ended[1].error.may_have_run(), "closed");
  }
  ClientConfig config;
  config.max_retries = 1;
  GateWorld t(1, agent_gate::Limits::small(), std::move(config));
  t.connect();
  EXPECT(t.ask("x").ok(), "asked");
  t.run(1s);
  t.listener.close();
  t.cut();
  EXPECT(t.until(LinkState::closed, 5min) && t.ended.size() == 1, "given up");
  EXPECT(t.ended[0].error.kind() == ErrorKind::connection && t.ended[0].error.may_have_run(), "connection");
}

void a_question_that_changes_nothing_is_safe_to_repeat(void**) {
  GateWorld t;
  t.connect();
  t.gate.on_request = [](const GateRequest& request) { return request.method == "list_tools"; };  // silence
  EXPECT(t.client->list_tools(t.completion()).ok(), "asked");
  t.run(1s);
  t.cut();
  EXPECT(t.all_ended(1), "an end with its line");
  EXPECT(t.ended[0].error.kind() == ErrorKind::connection && !t.ended[0].error.may_have_run(), "harmless");
}

void what_never_left_has_not_run(void**) {
  {
    GateWorld t;
    const auto handle = t.ask("x");
    EXPECT(t.client->cancel(*handle) && t.ask("y", "{}", {1s, Priority::normal}).ok(), "asked");
    t.run(2s);
    EXPECT(t.ask("z").ok(), "asked");
    t.client->close();
    EXPECT(t.all_ended(3), "ended");
    for (const auto& end : t.ended) EXPECT(!end.error.may_have_run(), "it never left");
  }
  ClientConfig config;
  config.max_retries = 1;
  GateWorld t(1, agent_gate::Limits::small(), std::move(config));
  t.connect();
  t.listener.close();
  t.cut();
  EXPECT(t.ask("x").ok() && t.until(LinkState::closed, 5min) && t.ended.size() == 1, "given up");
  EXPECT(!t.ended[0].error.may_have_run(), "it never left");
}

// The answer comes in one read with the server's goodbye, or behind so much that it is read within a turn.
void what_was_asked_right_before_a_close_does_not_leave_however_the_answer_was_read(void**) {
  for (const bool goodbye : {false, true}) {
    GateWorld t(1, agent_gate::Limits::tiny());
    t.connect();
    t.gate.on_request = [&](const GateRequest& request) {
      for (int i = 0; i < 20 && !goodbye; ++i) t.gate.answer("99", quoted(std::string(150, 'x')));
      t.gate.answer(request.id, executed);
      if (goodbye) t.gate.line->close(1000, "");
      return true;
    };
    const auto ask_and_close = [&t](const Outcome&) noexcept {
      EXPECT(t.client->tool_request("open_door", "{}", t.completion()).ok(), "asked");
      t.client->close();
    };
    const std::uint64_t before = t.client->statistics().messages_out;
    EXPECT(t.client->tool_request("first", "{}", ask_and_close).ok(), "asked");
    EXPECT(t.until(LinkState::closed, 1min) && t.ended.size() == 1, "closed");
    EXPECT(t.ended[0].error.kind() == ErrorKind::closed && !t.ended[0].error.may_have_run(), "not sent");
    EXPECT(t.client->statistics().messages_out == before + 1,
           goodbye ? "the first alone to have left, read with a goodbye" : "the first alone, read in a turn");
  }
}

// A gateway that restarts answers, and says goodbye in the same read.
void what_is_asked_when_the_server_says_goodbye_is_asked_on_the_next_line(void**) {
  GateWorld t;
  t.connect();
  bool first = true;
  t.gate.on_request = [&](const GateRequest& request) {
    t.gate.answer(request.id, executed);
    if (std::exchange(first, false)) t.gate.line->close(1001, "restarting");
    return true;
  };
  const auto ask_again = [&t](const Outcome&) noexcept {
    EXPECT(t.client->tool_request("second", "{}", t.completion()).ok(), "asked");
  };
  EXPECT(t.client->tool_request("first", "{}", ask_again).ok(), "asked");
  EXPECT(t.all_ended(1, 1min) && !t.ended[0].error, "an answer to the second, on the next line");
}

void an_answer_is_an_answer_and_nothing_unknown(void**) {
  GateWorld t;
  t.connect();
  t.gate.on_request = [&](const GateRequest& request) {
    t.gate.refuse(request.id, -32003, "Denied by policy");
    return true;
  };
  EXPECT(t.ask("x").ok() && t.all_ended(1) && !t.ended[0].error.may_have_run(), "denied");
}

void what_is_being_written_when_it_ends_may_have_run(void**) {
  for (const bool by_deadline : {true, false}) {
    GateWorld t(1, agent_gate::Limits::host());
    slow_down(t);
    t.connect();
    const auto handle =
        t.ask("x", large_args(60000), {by_deadline ? Duration(40ms) : 930s, Priority::normal});
    t.run(20ms);
    EXPECT(t.gate.tools().empty(), "half written");
    if (!by_deadline) EXPECT(t.client->cancel(*handle), "cancelled");
    EXPECT(t.all_ended(1, 1s), "ended");
    EXPECT(t.ended[0].error.may_have_run(), "nothing takes back what has begun to leave");
    t.run(5s);
    EXPECT(t.gate.tools().size() == 1, "and it arrives");
  }
}

void what_was_half_written_when_the_line_was_lost_is_sent_and_has_not_run_until_then(void**) {
  GateWorld t(1, agent_gate::Limits::host());
  slow_down(t);
  t.connect();
  EXPECT(t.ask("x", large_args(60000), {10s, Priority::normal}).ok(), "asked");
  t.run(20ms);
  t.listener.close();
  t.cut();
  EXPECT(t.all_ended(1, 1min), "ended");
  EXPECT(t.ended[0].error.kind() == ErrorKind::timeout && !t.ended[0].error.may_have_run(), "not seen whole");
}

// --- close 1009

void a_message_that_the_peer_finds_too_large_ends_and_is_never_sent_again(void**) {
  agent_gate::Limits limits;
  limits.outbound_message_bytes_max = 1024 * 1024;
  limits.outbound_bytes = 2 * 1024 * 1024;
  GateWorld t(1, limits);
  t.connect();
  // The server takes 256 KiB.
  EXPECT(t.ask("large", large_args(600000)).ok() && t.ask("small").ok(), "asked");
  EXPECT(t.all_ended(1, 1min), "an end");
  EXPECT(t.ended[0].error.kind() == ErrorKind::too_large && !t.ended[0].error.may_have_run(),
         "too_large, and it cannot have been seen whole");
  EXPECT(t.until(LinkState::ready), "ready again");
  t.run(5s);
  EXPECT(t.gate.tools().size() == 1 && t.gate.tools()[0].tool == "small", "what is behind it is not starved");
  EXPECT(t.gate.opened == 2 && t.client->statistics().queued == 0, "the large one was sent once");
}

void the_largest_that_was_sent_whole_ends_when_nothing_is_being_written(void**) {
  GateWorld t;
  t.connect();
  EXPECT(t.ask("old", large_args(5000)).ok(), "asked");
  t.run(1s);
  t.cut();  // not sent on this line
  EXPECT(t.until(LinkState::ready), "ready again");
  EXPECT(t.ask("a").ok() && t.ask("b", large_args(1000)).ok() && t.ask("c").ok(), "asked");
  t.run(1s);
  t.gate.line->close(1009, "too big");
  EXPECT(t.all_ended(1, 1s), "an end");
  t.run(10s);
  EXPECT(t.ended.size() == 1, "of one alone");
  EXPECT(t.ended[0].error.kind() == ErrorKind::too_large && t.ended[0].error.may_have_run(),
         "outcome unknown");
  t.gate.rows = {row("u", "a", "{}", executed), row("u", "c", "{}", executed),
                 row("u", "old", large_args(5000), executed)};
  EXPECT(t.all_ended(4, 1min), "the others by their rows: it was b");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_request_whose_line_was_lost_ends_after_loss_after_the_first_poll_with_connection),
      cmocka_unit_test(a_row_that_comes_within_after_loss_is_the_answer),
      cmocka_unit_test(on_a_line_that_holds_after_loss_means_nothing),
      cmocka_unit_test(at_its_deadline_a_request_that_was_on_the_wire_at_a_loss_says_that_it_may_have_run),
      cmocka_unit_test(what_was_sent_may_have_run_however_it_ends_without_an_answer),
      cmocka_unit_test(a_question_that_changes_nothing_is_safe_to_repeat),
      cmocka_unit_test(what_never_left_has_not_run),
      cmocka_unit_test(what_was_asked_right_before_a_close_does_not_leave_however_the_answer_was_read),
      cmocka_unit_test(what_is_asked_when_the_server_says_goodbye_is_asked_on_the_next_line),
      cmocka_unit_test(an_answer_is_an_answer_and_nothing_unknown),
      cmocka_unit_test(what_is_being_written_when_it_ends_may_have_run),
      cmocka_unit_test(what_was_half_written_when_the_line_was_lost_is_sent_and_has_not_run_until_then),
      cmocka_unit_test(a_message_that_the_peer_finds_too_large_ends_and_is_never_sent_again),
      cmocka_unit_test(the_largest_that_was_sent_whole_ends_when_nothing_is_being_written),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
