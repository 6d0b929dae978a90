// What becomes of a request whose answer cannot be read.

#include "gate_fixture.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

// Says `before`, the id and `after` to every request for a tool.
void answers(GateWorld& t, std::string before, std::string after) {
  t.gate.on_request = [&t, before = std::move(before), after = std::move(after)](const GateRequest& request) {
    if (request.method != "tool_request") return false;
    t.gate.say(before + request.id + after);
    return true;
  };
}

void an_answer_with_our_id_that_cannot_be_read_ends_its_request_at_once_and_it_may_have_run(void**) {
  const std::string deep = std::string(40, '[') + std::string(40, ']');
  const std::pair<std::string, std::string> messages[] = {
      {R"({"result":{"status":"executed","data":NaN},"id":)", "}"},
      {R"({"id":)", R"(,"result":{"status":"executed","data":[Infinity,-Infinity]}})"},
      {R"({"result":{"status":"executed","data":"\ud800"},"id":)", "}"},
      {R"({"result":{"status":"executed","data":)" + deep + R"(},"id":)", "}"},
      {R"({"id":)", R"(,"result":{"status":"executed")"},  // cut off
      {R"({"jsonrpc":"2.0","id":)", "}"},                  // neither result nor error
      {R"({"id":)", R"(,"result":{},"error":{"code":1,"message":"x"}})"},
      {R"({"id":)", R"(,"error":{"code":"x","message":"y"}})"},
      {R"({"id":)", R"(,"result":{"status":"done","data":1}})"},  // read, but of no known status
  };
  for (const auto& [before, after] : messages) {
    GateWorld t;
    t.connect();
    answers(t, before, after);
    EXPECT(t.ask("x").ok(), "asked");
    EXPECT(t.all_ended(1, 1s), (before + after).c_str());
    EXPECT(t.ended[0].error.kind() == ErrorKind::protocol, "protocol");
    EXPECT(t.ended[0].error.may_have_run(), "it may have run");
    EXPECT(t.client->statistics().protocol_errors == 1, "counted");
    EXPECT(t.client->state() == LinkState::ready && t.gate.opened == 1, "the line lives");
  }
}

void an_answer_in_a_binary_message_ends_its_request_too(void**) {
  GateWorld t;
  t.connect();
  t.gate.on_request = [&](const GateRequest& request) {
    const std::string text = R"({"result":{"status":"executed","data":1},"id":)" + request.id + "}";
    return t.gate.line->send_binary(std::as_bytes(std::span(text.data(), text.size())));
  };
  EXPECT(t.ask("x").ok() && t.all_ended(1, 1s), "an end at once");
  EXPECT(t.ended[0].error.kind() == ErrorKind::protocol && t.ended[0].error.may_have_run(), "protocol");
}

void a_poll_that_the_user_asked_for_ends_with_what_its_answer_says_or_is(void**) {
  const std::string deep = std::string(40, '[') + std::string(40, ']');
  struct Case {
    std::string answer;  // behind the id
    ErrorKind kind;
    bool may_have_run;
  };
  const Case cases[] = {{R"(,"error":{"code":-32004,"message":"no"}})", ErrorKind::remote, false},
                        {R"(,"error":{"code":"x","message":"y"}})", ErrorKind::protocol, true},
                        {R"(,"result":{"results":)" + deep + "}}", ErrorKind::protocol, true}};
  for (const auto& [answer, kind, may_have_run] : cases) {
    GateWorld t;
    t.connect();
    t.gate.answer_polls = false;
    EXPECT(t.client->get_pending_results(t.completion()).ok(), "asked");
    EXPECT(t.world.run_until([&] { return t.gate.polls == 2; }, 1s), "the poll at ready, and this one");
    t.gate.say(R"({"jsonrpc":"2.0","id":)" + t.gate.requests.back().id + answer);
    EXPECT(t.all_ended(1, 1s), answer.c_str());
    EXPECT_TEXT(to_string(t.ended[0].error.kind()), to_string(kind));
    EXPECT(t.ended[0].error.may_have_run() == may_have_run, "what it fetched may be lost");
    EXPECT(t.client->state() == LinkState::ready, "the line lives");
  }
}

void what_has_no_id_of_ours_is_counted_and_ends_nothing(void**) {
  for (const char* text : {R"({"result":NaN})", R"({"id":null,"result":NaN})", R"({"id":"5","result":NaN})",
                           R"({"id":7,"result":NaN})", R"([{"id":1,"result":NaN}])", "NaN"}) {
    GateWorld t;
    t.connect();
    EXPECT(t.ask("x").ok(), "asked");
    t.run(1s);
    t.gate.say(text);
    t.run(1s);
    EXPECT(t.ended.empty(), text);
    EXPECT(t.client->statistics().protocol_errors == 1, "counted");
    t.gate.answer(t.gate.tools()[0].id, executed);
    EXPECT(t.all_ended(1, 1s) && !t.ended[0].error, "the line lives, and its answer counts");
  }
}

void an_unreadable_answer_larger_than_the_buffer_ends_its_request_with_too_large(void**) {
  for (const bool id_last : {true, false}) {
    GateWorld t(1, agent_gate::Limits::tiny());
    t.connect();
    const std::string data =
        R"("result":{"status":"executed","data":[NaN,")" + std::string(9000, 'x') + "\"]}";
    id_last ? answers(t, "{" + data + ",\"id\":", "}") : answers(t, "{\"id\":", "," + data + "}");
    EXPECT(t.ask("x").ok(), "asked");
    EXPECT(t.all_ended(1, 1s), "an end at once");
    EXPECT(t.ended[0].error.kind() == ErrorKind::too_large && t.ended[0].error.may_have_run(), "too_large");
    EXPECT(t.client->statistics().protocol_errors == 1, "counted");
  }
}

void an_answer_that_can_be_read_but_not_kept_may_have_run(void**) {
  GateWorld t(1, agent_gate::Limits::tiny());
  t.connect();
  answers(t, R"({"result":{"status":"executed","data":")" + std::string(9000, 'x') + R"("},"id":)", "}");
  EXPECT(t.ask("x").ok() && t.all_ended(1, 1s), "an end at once");
  EXPECT(t.ended[0].error.kind() == ErrorKind::too_large && t.ended[0].error.may_have_run(), "too_large");
}

void questions_end_with_protocol_too_and_the_rows_that_can_be_read_are_handed_on(void**) {
  GateWorld t;
  t.connect();
  t.gate.on_request = [&](const GateRequest& request) {
    if (request.method == "list_tools") t.gate.say(R"({"result":NaN,"id":)" + request.id + "}");
    if (request.method == "get_pending_results") {
      t.gate.say(R"({"result":{"results":[)" + row("u", "x", "{}", executed) + R"(,NaN]},"id":)" +
                 request.id + "}");
    }
    return true;
  };
  EXPECT(t.client->list_tools(t.completion()).ok() && t.all_ended(1, 1s), "an end at once");
  EXPECT(t.client->get_pending_results(t.completion()).ok() && t.all_ended(2, 1s), "an end at once");
  for (const auto& end : t.ended) EXPECT(end.error.kind() == ErrorKind::protocol, "protocol");
  EXPECT(!t.ended[0].error.may_have_run(), "to list tools changes nothing");
  EXPECT(t.ended[1].error.may_have_run(), "rows that were handed out are gone");
  EXPECT(t.unclaimed.size() == 1, "the row before the fault at the handler");
}

void requests_do_not_wait_for_a_first_poll_whose_answer_cannot_be_read(void**) {
  GateWorld t;
  t.gate.on_request = [&](const GateRequest& request) {
    if (request.method == "get_pending_results") t.gate.say(R"({"result":NaN,"id":)" + request.id + "}");
    return true;
  };
  EXPECT(t.client->connect().ok() && t.ask("x").ok() && t.until(LinkState::ready), "ready");
  t.run(1s);
  EXPECT(t.gate.tools().size() == 1, "sent at once");
}

void an_unreadable_answer_to_auth_is_a_refusal(void**) {
  ClientConfig config;
  config.fatal_policy = FatalPolicy::stop;
  GateWorld t(1, agent_gate::Limits::small(), std::move(config));
  t.gate.answer_auth = false;
  EXPECT(t.client->connect().ok() && t.until(LinkState::authenticating), "authenticating");
  t.run(1s);
  t.gate.say(R"({"result":{"status":"authenticated","server":NaN},"id":"auth-1"})");
  EXPECT(t.until(LinkState::closed, 5s), "given up");
  EXPECT(t.client->last_error().kind() == ErrorKind::authentication, "authentication");
}

void a_null_beside_the_other_counts_as_absent(void**) {
  for (const bool large : {false, true}) {
    GateWorld t(1, large ? agent_gate::Limits::tiny() : agent_gate::Limits::small());
    t.connect();
    const std::string filler = large ? R"(,"x":")" + std::string(9000, 'x') + "\"" : "";
    answers(t,
            R"({"error":null,"result":{"status":"executed","data":{"ok":true}})" + filler + ",\"id\":", "}");
    EXPECT(t.ask("x").ok() && t.all_ended(1, 1s), "ended");
    answers(t, R"({"result":null,"error":{"code":-32003,"message":"Denied by policy"})" + filler + ",\"id\":",
            "}");
    EXPECT(t.ask("x").ok() && t.all_ended(2, 1s), "ended");
    EXPECT(t.client->statistics().protocol_errors == 0, "nothing wrong with them");
    if (large) continue;
    EXPECT_TEXT(t.ended[0].text, R"({"ok":true})");
    EXPECT(t.ended[1].error.kind() == ErrorKind::denied && !t.ended[1].error.may_have_run(), "denied");
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(
          an_answer_with_our_id_that_cannot_be_read_ends_its_request_at_once_and_it_may_have_run),
      cmocka_unit_test(an_answer_in_a_binary_message_ends_its_request_too),
      cmocka_unit_test(a_poll_that_the_user_asked_for_ends_with_what_its_answer_says_or_is),
      cmocka_unit_test(what_has_no_id_of_ours_is_counted_and_ends_nothing),
      cmocka_unit_test(an_unreadable_answer_larger_than_the_buffer_ends_its_request_with_too_large),
      cmocka_unit_test(an_answer_that_can_be_read_but_not_kept_may_have_run),
      cmocka_unit_test(questions_end_with_protocol_too_and_the_rows_that_can_be_read_are_handed_on),
      cmocka_unit_test(requests_do_not_wait_for_a_first_poll_whose_answer_cannot_be_read),
      cmocka_unit_test(an_unreadable_answer_to_auth_is_a_refusal),
      cmocka_unit_test(a_null_beside_the_other_counts_as_absent),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
