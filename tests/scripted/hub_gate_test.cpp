// The agent-gate stand-in authenticates, answers and runs tools as its page says, seen by an agent that talks
// by hand.

#include "hub_gate_fixture.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;
using hub::agent_gate::Config;
using hub::agent_gate::read_config;

namespace {

// ---- authentication

void a_wrong_token_is_answered_and_closed_with_1000(void**) {
  GateWorld t;
  auto agent = t.open();
  EXPECT_TEXT(t.authenticate(*agent, "correct horsf"), error(-32005, "Invalid token", R"("auth-1")"));
  EXPECT(agent->close_code == 1000, "a close with 1000");
  EXPECT(agent->ended && !agent->was_reset, "an orderly end");
  EXPECT(t.gate.counters().authentications_bad == 1 && !t.gate.slot_taken(), "the slot to be free again");
}

void a_request_before_authentication_is_refused_and_closed(void**) {
  GateWorld t;
  auto agent = t.open();
  EXPECT_TEXT(t.tool(*agent, "read", "7"), error(-32005, "Not authenticated", "7"));
  EXPECT(agent->close_code == 1000, "a close with 1000");
  EXPECT(t.gate.counters().executions == 0, "no tool to have run");
}

void silence_ends_with_an_authentication_timeout_after_ten_seconds(void**) {
  GateWorld t;
  auto agent = t.open();
  t.world.run_for(9900ms);
  EXPECT(agent->messages.empty(), "nothing before the ten seconds");
  t.world.run_for(200ms);
  EXPECT(agent->messages.size() == 1, "one answer");
  EXPECT_TEXT(agent->messages[0], error(-32005, "Authentication timeout", "null"));
  EXPECT(agent->close_code == 1000, "a close with 1000");
}

void an_authenticated_agent_meets_no_timeout(void**) {
  GateWorld t;
  auto agent = t.agent();
  t.world.run_for(1min);
  EXPECT_TEXT(t.tool(*agent, "echo"), executed("{}"));
}

void auth_may_be_answered_twice(void**) {
  Config config = read_config(gate_policy);
  config.answer_auth_twice = true;
  GateWorld t(std::move(config));
  auto agent = t.agent();
  EXPECT(agent->messages.size() == 2 && agent->messages[0] == agent->messages[1], "the same answer twice");
}

// ---- messages

void numbers_and_ids_come_back_in_their_own_spelling(void**) {
  GateWorld t;
  auto agent = t.agent();
  EXPECT_TEXT(t.tool(*agent, "read", "9007199254740993"),
              executed(R"({"state": 21.50, "big": 12345678901234567890})", "9007199254740993"));
  EXPECT_TEXT(t.tool(*agent, "echo", R"("\u0061bc")", R"({"x":1.000e5})"),
              executed(R"({"x":1.000e5})", R"("\u0061bc")"));
}

void what_is_no_object_gets_no_reply(void**) {
  GateWorld t;
  auto agent = t.agent();
  for (const char* message :
       {"[]", R"([{"jsonrpc":"2.0","method":"auth","id":1}])", R"("text")", "1", "null"}) {
    t.logged.clear();
    EXPECT_TEXT(t.ask(*agent, message), "");
    EXPECT_TEXT(t.logged, "ignored: JSON that is no object gets no reply\n");
  }
  EXPECT(agent->close_code == 0, "the line to live on");
}

void what_is_not_json_is_a_parse_error_without_id(void**) {
  GateWorld t;
  auto agent = t.agent();
  for (const char* message : {"{", "", "{\"id\":1}x", "{\"id\":01}"}) {
    EXPECT_TEXT(t.ask(*agent, message), error(-32700, "Parse error", "null"));
  }
  EXPECT_TEXT(t.ask(*agent, std::string(10000, '[')), error(-32700, "Parse error", "null"));
}

void what_is_no_request_is_invalid(void**) {
  GateWorld t;
  auto agent = t.agent();
  EXPECT_TEXT(t.ask(*agent, R"({"method":"auth","id":3})"), error(-32600, "Invalid request", "3"));
  EXPECT_TEXT(t.ask(*agent, R"({"jsonrpc":"2.0","id":3})"), error(-32600, "Invalid request", "3"));
  EXPECT_TEXT(t.ask(*agent, R"({"jsonrpc":"2.0","method":"auth"})"),
              error(-32600, "Invalid request", "null"));
  EXPECT_TEXT(t.ask(*agent, R"({"jsonrpc":"2.0","method":"auth","id":{}})"),
              error(-32600, "Invalid request", "null"));
  EXPECT_TEXT(t.ask(*agent, R"({"jsonrpc":"2.0","method":"nonsense","id":4})"),
              error(-32601, "Method not found", "4"));
}

void the_generations_differ_on_malformed_arguments_and_list_tools(void**) {
  const char* malformed[] = {
      R"({"jsonrpc":"2.0","method":"tool_request","id":1})",
      R"({"jsonrpc":"2.0","method":"tool_request","params":{"tool":"read"},"id":1})",
      R"({"jsonrpc":"2.0","method":"tool_request","params":{"tool":1,"args":{}},"id":1})",
      R"({"jsonrpc":"2.0","method":"tool_request","params":{"tool":"read","args":[]},"id":1})"};
  const char* list = R"({"jsonrpc":"2.0","method":"list_tools","params":{},"id":2})";
  GateWorld newer;
  const auto first = newer.agent();
  for (const char* message : malformed) {
    newer.logged.clear();
    EXPECT_TEXT(newer.ask(*first, message), "");
    EXPECT_TEXT(newer.logged,
                "ignored: a tool_request without a text 'tool' and an object 'args' gets no reply\n");
  }
  EXPECT(
      contains(newer.ask(*first, list), R"({"tools":[{"name":"read","description":"reads"},{"name":"echo")"),
      "the table of tools");
  GateWorld t(older());
  const auto agent = t.agent();
  for (const char* message : malformed) EXPECT_TEXT(t.ask(*agent, message), error(-32600, "Invalid params"));
  EXPECT_TEXT(t.ask(*agent, list), error(-32601, "Method not found", "2"));
}

void a_message_of_one_mebibyte_is_taken_and_one_byte_more_closes_with_1009(void**) {
  GateWorld t;
  auto agent = t.agent();
  const std::string message(1024 * 1024, ' ');
  agent->begin_frame(message.size());
  for (std::size_t at = 0; at < message.size(); at += 32 * 1024) {
    agent->raw(std::string_view(message).substr(at, 32 * 1024));
    t.world.run_for(10ms);
  }
  EXPECT(agent->messages.size() == 2, "an answer to the white space");
  EXPECT_TEXT(agent->messages.back(), error(-32700, "Parse error", "null"));
  agent->begin_frame(1024 * 1024 + 1);
  agent->raw(" ");
  t.world.run_for(100ms);
  EXPECT(agent->close_code == 1009, "a close with 1009");
}

void a_ping_comes_every_twenty_seconds_and_silence_ends_the_line(void**) {
  GateWorld t;
  auto agent = t.agent();
  t.world.run_for(65s);
  EXPECT(agent->pings == 3, "a ping every 20 s");
  agent->answer_pings = false;
  t.world.run_for(45s);
  EXPECT(agent->ended || agent->was_reset, "the line to be ended 20 s after an unanswered ping");
}

// ---- tools

void policy_decides_by_the_tools_name(void**) {
  GateWorld t;
  auto agent = t.agent();
  EXPECT_TEXT(t.tool(*agent, "deny_this"), error(-32003, "Denied by policy"));
  EXPECT_TEXT(t.tool(*agent, "ask_me"), "");
  EXPECT(t.gate.approvals().size() == 1, "one approval");
  EXPECT_TEXT(t.tool(*agent, "broken"), error(-32004, "Execution failed: boom"));
  EXPECT_TEXT(t.tool(*agent, "none"), error(-32004, "Execution failed: unknown tool"));
}

void requests_are_handled_concurrently(void**) {
  GateWorld t;
  auto agent = t.agent();
  EXPECT_TEXT(t.tool(*agent, "slow", "1"), "");
  EXPECT_TEXT(t.tool(*agent, "echo", "2"), executed("{}", "2"));
  t.world.run_for(5s);
  EXPECT_TEXT(agent->messages.back(), executed(R"({"slow": true})", "1"));
  agent->messages.clear();
  for (const char* id : {"3", "4", "5"}) t.tool(*agent, "reverse", id);
  EXPECT(agent->messages.size() == 3, "three answers");
  EXPECT_TEXT(agent->messages[0], executed("{}", "5"));
  EXPECT_TEXT(agent->messages[2], executed("{}", "3"));
}

void habits_are_shown(void**) {
  GateWorld t;
  auto agent = t.agent();
  EXPECT_TEXT(t.tool(*agent, "silent"), "");
  EXPECT(t.gate.executions_of("1") == 1, "the silent tool to have run");
  agent->messages.clear();
  t.tool(*agent, "twice");
  EXPECT(agent->messages.size() == 2 && agent->messages[0] == agent->messages[1], "the same answer twice");
  EXPECT_TEXT(t.tool(*agent, "wrong_id"), executed("{}", "9007199254740991"));
  EXPECT_TEXT(t.tool(*agent, "text_id", "12"), executed("{}", R"("12")"));
  const std::string both = t.tool(*agent, "both");
  EXPECT(contains(both, R"("result":)") && contains(both, R"("error":)"), "both in one");
  EXPECT(t.tool(*agent, "large").size() == executed("").size() + 1000, "a result of 1000 bytes");
}

void answers_are_spelled_as_real_servers_spell_them(void**) {
  GateWorld t;
  auto agent = t.agent();
  EXPECT_TEXT(t.tool(*agent, "nan"), executed(R"({"value":NaN})"));
  EXPECT_TEXT(t.tool(*agent, "infinity"), executed(R"({"value":-Infinity})"));
  EXPECT_TEXT(t.tool(*agent, "surrogate"), executed(R"({"value":"\ud83d"})"));
  EXPECT_TEXT(t.tool(*agent, "null_beside"),
              R"({"jsonrpc":"2.0","result":{"status":"executed","data":{}},"error":null,"id":1})");
  EXPECT_TEXT(t.tool(*agent, "null_beside_error"),
              R"({"jsonrpc":"2.0","result":null,"error":{"code":-32004,"message":"no"},"id":1})");
  EXPECT_TEXT(t.tool(*agent, "id_first"),
              R"({"id":1,"jsonrpc":"2.0","result":{"status":"executed","data":{}}})");
  const std::string deep = t.tool(*agent, "deep");
  EXPECT(contains(deep, std::string(300, '[') + std::string(300, ']')) && deep.ends_with(R"(},"id":1})"),
         "data nested 300 deep, the id behind it");
}

// The tool has run, and nobody will ever tell: only what a human was asked about becomes a row.
void the_answer_of_an_allowed_tool_is_lost_with_its_line(void**) {
  GateWorld t;
  for (const char* tool : {"cut", "slow", "broken_later"}) {
    auto agent = t.agent();
    t.logged.clear();
    EXPECT_TEXT(t.tool(*agent, tool), "");
    if (agent->ended || agent->was_reset) {
      EXPECT(agent->close_code == 0, "an end without a close frame");
    } else {
      agent->reset();
    }
    t.world.run_for(6s);
    EXPECT(contains(t.logged, std::string("result_lost: ") + tool + "\n"), "the log to tell of it");
    auto again = t.agent();
    EXPECT_TEXT(t.pending(*again), no_rows);
    again->reset();
    t.world.run_for(100ms);
  }
  EXPECT(t.gate.counters().results_lost == 3 && t.gate.counters().results_stored == 0,
         "three lost, none kept");
  EXPECT_TEXT(to_string(t.gate.executions()[0].fate), "lost");
}

void what_a_human_approved_becomes_a_row_when_its_line_is_cut(void**) {
  GateWorld t;
  auto agent = t.agent();
  EXPECT_TEXT(t.tool(*agent, "ask_cut"), "");
  EXPECT(t.gate.approve(t.gate.approvals()[0].id), "an approval");
  t.world.run_for(20ms);
  EXPECT((agent->ended || agent->was_reset) && agent->close_code == 0, "an end without a close frame");
  auto again = t.agent();
  EXPECT(contains(t.pending(*again), R"("tool_name":"ask_cut")"), "the row");
}

void a_policy_can_ask_for_rows_of_every_tool(void**) {
  Config config = read_config(gate_policy);
  config.kept = hub::agent_gate::Kept::all;
  GateWorld t(std::move(config));
  auto agent = t.agent();
  EXPECT_TEXT(t.tool(*agent, "cut"), "");
  auto again = t.agent();
  EXPECT(contains(t.pending(*again), R"("tool_name":"cut")"), "the row");
}

void sixty_requests_a_minute_and_no_more(void**) {
  GateWorld t;
  auto agent = t.agent();
  for (int i = 0; i < 60; ++i) EXPECT_TEXT(t.tool(*agent, "echo"), executed("{}"));
  EXPECT_TEXT(t.tool(*agent, "echo"), error(-32006, "Rate limit exceeded"));
  t.world.run_for(1min);
  EXPECT_TEXT(t.tool(*agent, "echo"), executed("{}"));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_wrong_token_is_answered_and_closed_with_1000),
      cmocka_unit_test(a_request_before_authentication_is_refused_and_closed),
      cmocka_unit_test(silence_ends_with_an_authentication_timeout_after_ten_seconds),
      cmocka_unit_test(an_authenticated_agent_meets_no_timeout),
      cmocka_unit_test(auth_may_be_answered_twice),
      cmocka_unit_test(numbers_and_ids_come_back_in_their_own_spelling),
      cmocka_unit_test(what_is_no_object_gets_no_reply),
      cmocka_unit_test(what_is_not_json_is_a_parse_error_without_id),
      cmocka_unit_test(what_is_no_request_is_invalid),
      cmocka_unit_test(the_generations_differ_on_malformed_arguments_and_list_tools),
      cmocka_unit_test(a_message_of_one_mebibyte_is_taken_and_one_byte_more_closes_with_1009),
      cmocka_unit_test(a_ping_comes_every_twenty_seconds_and_silence_ends_the_line),
      cmocka_unit_test(policy_decides_by_the_tools_name),
      cmocka_unit_test(requests_are_handled_concurrently),
      cmocka_unit_test(habits_are_shown),
      cmocka_unit_test(answers_are_spelled_as_real_servers_spell_them),
      cmocka_unit_test(the_answer_of_an_allowed_tool_is_lost_with_its_line),
      cmocka_unit_test(what_a_human_approved_becomes_a_row_when_its_line_is_cut),
      cmocka_unit_test(a_policy_can_ask_for_rows_of_every_tool),
      cmocka_unit_test(sixty_requests_a_minute_and_no_more),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
