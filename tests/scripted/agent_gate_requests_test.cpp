// What the agent-gate client promises about requests on a line that holds.

#include "gate_fixture.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

void auth_is_the_first_message_and_carries_the_token(void**) {
  GateWorld t;
  t.connect();
  EXPECT(t.gate.first_messages.size() == 1, "one first message");
  EXPECT_TEXT(t.gate.first_messages[0],
              R"({"jsonrpc":"2.0","method":"auth","params":{"token":"let-me-in"},"id":"auth-1"})");
}

void a_tool_request_completes_with_the_data_of_its_result(void**) {
  GateWorld t;
  t.gate.on_request = [&](const GateRequest& request) {
    if (request.method != "tool_request") return false;
    t.gate.answer(request.id, R"({"status":"executed","data": {"state":"21.5"} })");
    return true;
  };
  t.connect();
  const auto handle = t.ask("ha_get_state", R"({"entity_id":"sensor.temp"})");
  EXPECT(handle.ok(), "the request to be started");
  EXPECT(t.all_ended(1), "the request to end");
  EXPECT_TEXT(t.ended[0].text, R"({"state":"21.5"})");
  EXPECT(t.ended[0].handle == *handle && !t.ended[0].error, "its own handle and no error");
  EXPECT_TEXT(t.gate.tools()[0].tool, "ha_get_state");
  EXPECT_TEXT(t.gate.tools()[0].args, R"({"entity_id":"sensor.temp"})");
}

void a_request_has_the_id_that_is_on_the_wire_until_it_ends(void**) {
  GateWorld t;
  t.connect();
  const auto handle = t.ask("x");
  const auto id = t.client->request_id(*handle);
  t.run(1s);
  EXPECT(id && *id == t.gate.tools()[0].number(), "known before it is sent");
  t.gate.answer(t.gate.tools()[0].id, R"({"status":"executed","data":1})");
  EXPECT(t.all_ended(1), "the request to end");
  EXPECT(!t.client->request_id(*handle), "it has none now");
}

void without_arguments_an_empty_object_is_sent_and_names_are_escaped(void**) {
  GateWorld t;
  t.connect();
  EXPECT(t.ask("a\"b\\\n", "").ok(), "the request to be started");
  t.run(1s);
  EXPECT_TEXT(t.gate.tools()[0].args, "{}");
  EXPECT_TEXT(t.gate.tools()[0].tool, "a\"b\\\n");
}

void ids_increase_from_a_random_start_below_2_to_the_52(void**) {
  std::uint64_t first[2];
  for (int run = 0; run < 2; ++run) {
    GateWorld t(static_cast<std::uint64_t>(run) + 10);
    t.connect();
    for (int i = 0; i < 3; ++i) EXPECT(t.ask("x").ok(), "started");
    t.run(1s);
    const auto tools = t.gate.tools();
    EXPECT(tools.size() == 3, "three requests at the server");
    EXPECT(tools[0].number() < tools[1].number() && tools[1].number() < tools[2].number(), "increasing ids");
    EXPECT(tools[0].number() < (1ULL << 52) + 10, "a start below 2^52");
    first[run] = tools[0].number();
  }
  EXPECT(first[0] != first[1], "another start for another process");
}

void each_code_of_the_table_has_its_kind_code_and_message(void**) {
  const struct {
    int code;
    ErrorKind kind;
  } table[] = {{-32700, ErrorKind::remote}, {-32600, ErrorKind::remote},         {-32601, ErrorKind::remote},
               {-32001, ErrorKind::denied}, {-32003, ErrorKind::denied},         {-32002, ErrorKind::timeout},
               {-32004, ErrorKind::remote}, {-32005, ErrorKind::authentication}, {-32006, ErrorKind::remote},
               {-1, ErrorKind::remote}};
  GateWorld t;
  t.gate.on_request = [&](const GateRequest& request) {
    if (request.method != "tool_request") return false;
    t.gate.refuse(request.id, std::stoi(request.tool), "words for " + request.tool);
    return true;
  };
  t.connect();
  std::size_t count = 0;
  for (const auto& row : table) {
    EXPECT(t.ask(std::to_string(row.code)).ok(), "started");
    EXPECT(t.all_ended(++count), "the request to end");
    EXPECT(t.ended.back().error.kind() == row.kind, "the kind of the table");
    EXPECT(t.ended.back().error.code() == row.code, "the server's code");
    EXPECT_TEXT(t.ended.back().error.message(), "words for " + std::to_string(row.code));
  }
  EXPECT(t.client->state() == LinkState::ready, "the line to be kept");
}

void sixty_four_answered_in_reverse_complete_once_each_and_the_sixty_fifth_is_refused_by_name(void**) {
  agent_gate::Limits limits = agent_gate::Limits::small();
  limits.pending_max = 64;
  limits.outbound_messages_max = 100;
  GateWorld t(1, limits);
  t.connect();
  std::vector<Handle> handles;
  for (int i = 0; i < 64; ++i) {
    const auto handle = t.ask("x", "{\"n\":" + std::to_string(i) + "}");
    EXPECT(handle.ok(), "64 requests to be started");
    handles.push_back(*handle);
  }
  const auto refused = t.ask("x");
  EXPECT(!refused.ok() && refused.error().kind() == ErrorKind::queue_full, "queue_full at once");
  EXPECT(refused.error().message().find("pending_max") != std::string_view::npos, "the limit's name");
  t.run(1s);
  const auto tools = t.gate.tools();
  EXPECT(tools.size() == 64, "the refused one not to be sent");
  for (auto request = tools.rbegin(); request != tools.rend(); ++request) {
    t.gate.answer(request->id, "{\"status\":\"executed\",\"data\":" + request->args + "}");
  }
  EXPECT(t.all_ended(64), "all to end");
  t.run(1min);
  EXPECT(t.ended.size() == 64, "each once");
  for (std::size_t i = 0; i < 64; ++i) {
    EXPECT(t.ended[i].handle == handles[63 - i], "in the order of the answers");
    EXPECT_TEXT(t.ended[i].text, "{\"n\":" + std::to_string(63 - i) + "}");
  }
  EXPECT(t.client->statistics().requests_completed == 64, "64 counted");
  EXPECT(t.client->statistics().messages_refused == 1, "one refusal counted");
}

void bad_arguments_are_config_errors_at_once(void**) {
  GateWorld t;
  t.connect();
  for (const char* args : {"[]", "\"text\"", "{", "{}x", "{\"a\":1,\"a\":2}", "{\"a\":01}", "\xff"}) {
    const auto refused = t.ask("x", args);
    EXPECT(!refused.ok() && refused.error().kind() == ErrorKind::config, args);
  }
  EXPECT(t.ask("").error().kind() == ErrorKind::config, "a tool needs a name");
  EXPECT(t.ask("\xff").error().kind() == ErrorKind::config, "a name is UTF-8");
  EXPECT(t.ask("x", "{}", {Duration::zero(), Priority::normal}).error().kind() == ErrorKind::config,
         "a deadline is positive");
  const std::string large = "{\"a\":\"" + std::string(t.limits.outbound_message_bytes_max, 'x') + "\"}";
  EXPECT(t.ask("x", large).error().kind() == ErrorKind::too_large, "too_large by name");
  t.run(1s);
  EXPECT(t.gate.tools().empty(), "nothing sent");
  EXPECT(t.client->statistics().pending == 0, "nothing pending");
}

void silence_ends_at_the_requests_own_deadline(void**) {
  GateWorld t;
  t.connect();
  const Instant asked = t.world.now();
  EXPECT(t.ask("x", "{}", {5s, Priority::normal}).ok(), "started");
  EXPECT(t.all_ended(1), "an end");
  EXPECT(t.ended[0].error.kind() == ErrorKind::timeout, "timeout");
  EXPECT(t.ended[0].when - asked >= 5s && t.ended[0].when - asked < 5100ms, "at the deadline");
  EXPECT(t.client->statistics().requests_timed_out == 1, "counted");
  EXPECT(t.ask("y").ok(), "started");
  const Instant again = t.world.now();
  EXPECT(t.all_ended(2), "an end");
  EXPECT(t.ended[1].when - again >= 930s && t.ended[1].when - again < 931s, "930 s by default");
}

void a_late_answer_to_a_cancelled_or_ended_request_is_counted_and_ignored(void**) {
  GateWorld t;
  t.connect();
  const auto cancelled = t.ask("x");
  t.run(1s);
  EXPECT(t.client->cancel(*cancelled), "cancel to find it");
  EXPECT(!t.client->cancel(*cancelled), "cancel to find it once");
  EXPECT(t.ended.empty(), "no completion inside cancel");
  EXPECT(t.all_ended(1, 1s), "an end");
  EXPECT(t.ended[0].error.kind() == ErrorKind::cancelled, "cancelled");
  const std::string id = t.gate.tools()[0].id;
  t.gate.answer(id, R"({"status":"executed","data":1})");
  EXPECT(t.ask("y").ok(), "started");
  t.run(1s);
  EXPECT(t.client->statistics().protocol_errors == 1, "the late answer counted");
  const std::string second = t.gate.tools()[1].id;
  t.gate.answer(second, R"({"status":"executed","data":2})");
  t.gate.answer(second, R"({"status":"executed","data":3})");
  t.run(1s);
  EXPECT(t.ended.size() == 2, "each request to end once");
  EXPECT_TEXT(t.ended[1].text, "2");
  EXPECT(t.client->statistics().protocol_errors == 2, "the second answer counted");
}

void bad_answers_are_counted_and_hurt_nobody(void**) {
  GateWorld t;
  t.connect();
  EXPECT(t.ask("x", "{}", {60s, Priority::normal}).ok(), "started");
  EXPECT(t.ask("good").ok(), "started");
  t.run(1s);
  const std::string id = t.gate.tools()[0].id;
  std::string deep(10000, '[');
  const std::string bad[] = {
      R"({"jsonrpc":"2.0","result":{"status":"executed","data":1},"id":1})",
      R"({"jsonrpc":"2.0","result":{"status":"executed","data":1},"id":")" + id + "\"}",
      R"({"jsonrpc":"2.0","result":{"status":"executed","data":1},"id":)" + id + ".0}",
      R"({"jsonrpc":"2.0","result":{"status":"executed","data":1},"id":[1]})",
      R"({"jsonrpc":"2.0","result":{"status":"executed","data":1}})",
      R"({"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"},"id":null})",
      R"({"jsonrpc":"2.0","result":1,"id":)" + id + ",\"id\":" + id + "}",
      "[]",
      "\"text\"",
      "7",
      "{",
      "",
      deep};
  std::uint64_t count = 0;
  for (const std::string& message : bad) {
    t.gate.say(message);
    t.run(100ms);
    EXPECT(t.client->statistics().protocol_errors == ++count, message.substr(0, 100).c_str());
  }
  EXPECT(t.ended.empty(), "nothing to have ended by those");
  t.gate.answer(t.gate.tools()[1].id, R"({"status":"executed","data":"fine"})");
  EXPECT(t.all_ended(1), "the other request to be answered");
  EXPECT_TEXT(t.ended[0].text, "\"fine\"");
  EXPECT(t.all_ended(2), "the first to end");
  EXPECT(t.ended[1].error.kind() == ErrorKind::timeout, "at its deadline");
  EXPECT(t.client->state() == LinkState::ready && t.gate.opened == 1, "the line to be kept");
}

void an_answer_larger_than_the_buffer_completes_its_request_with_too_large_and_its_size(void**) {
  GateWorld t(1, agent_gate::Limits::tiny());
  t.connect();
  EXPECT(t.ask("big").ok() && t.ask("small").ok(), "started");
  t.run(1s);
  const std::string message = "{\"jsonrpc\":\"2.0\",\"result\":{\"status\":\"executed\",\"data\":\"" +
                              std::string(9000, 'x') + "\"},\"id\":" + t.gate.tools()[0].id + "}";
  t.gate.say(message);
  t.gate.answer(t.gate.tools()[1].id, R"({"status":"executed","data":1})");
  EXPECT(t.all_ended(2), "both to end");
  EXPECT(t.ended[0].error.kind() == ErrorKind::too_large, "too_large");
  EXPECT(t.ended[0].error.message().find(std::to_string(message.size())) != std::string_view::npos,
         "its size");
  EXPECT_TEXT(t.ended[1].text, "1");
  t.gate.say("{\"result\":\"" + std::string(9000, 'x') + "\",\"id\":3}");
  t.gate.say("{\"result\":\"" + std::string(9000, 'x') + "\"}");
  t.gate.say("{\"result\":\"" + std::string(9000, 'x'));
  t.gate.say("{\"result\":\"" + std::string(9000, 'x') + "\",\"error\":1,\"id\":3}");
  t.run(1s);
  EXPECT(t.client->statistics().protocol_errors == 4, "each counted");
}

void list_tools_completes_with_the_result_and_older_servers_refuse_it_as_remote(void**) {
  GateWorld t;
  bool older = false;
  t.gate.on_request = [&](const GateRequest& request) {
    if (request.method != "list_tools") return false;
    older ? t.gate.refuse(request.id, -32601, "Method not found")
          : t.gate.answer(request.id, R"({"tools":[]})");
    return true;
  };
  t.connect();
  EXPECT(t.client->list_tools(t.completion()).ok(), "started");
  EXPECT(t.all_ended(1), "an end");
  EXPECT_TEXT(t.ended[0].text, R"({"tools":[]})");
  older = true;
  EXPECT(t.client->list_tools(t.completion()).ok(), "started");
  EXPECT(t.all_ended(2), "an end");
  EXPECT(t.ended[1].error.kind() == ErrorKind::remote && t.ended[1].error.code() == -32601, "remote, -32601");
}

void a_result_of_another_shape_ends_its_request_with_a_protocol_error(void**) {
  GateWorld t;
  t.connect();
  EXPECT(t.ask("x").ok(), "started");
  t.run(1s);
  t.gate.answer(t.gate.tools()[0].id, R"({"status":"maybe"})");
  EXPECT(t.all_ended(1, 1s), "an end");
  EXPECT(t.ended[0].error.kind() == ErrorKind::protocol, "protocol");
  EXPECT(t.client->statistics().protocol_errors == 1, "counted");
}

void close_completes_everything_with_closed_and_never_reconnects(void**) {
  GateWorld t;
  t.connect();
  EXPECT(t.ask("sent").ok(), "started");
  t.run(1s);
  EXPECT(t.ask("queued").ok(), "started");
  t.inside_call = true;
  t.client->close();
  t.inside_call = false;
  EXPECT(t.ended.empty(), "no completion inside close");
  EXPECT(t.ask("x").error().kind() == ErrorKind::closed, "closed by name");
  EXPECT(t.until(LinkState::closed), "closed");
  EXPECT(t.ended.size() == 2, "both ended");
  for (const auto& end : t.ended) EXPECT(end.error.kind() == ErrorKind::closed, "with closed");
  EXPECT(t.client->connect().error().kind() == ErrorKind::closed, "connect to be refused");
  t.run(5min);
  EXPECT(t.gate.opened == 1, "no further connection");
}

void a_request_started_right_before_close_is_not_sent(void**) {
  GateWorld t;
  t.connect();
  const auto ask_and_close = [&t](const Outcome&) noexcept {
    EXPECT(t.client->tool_request("open_door", "{}", t.completion()).ok(), "started");
    t.client->close();
  };
  EXPECT(t.client->tool_request("slow", "{}", ask_and_close, {5s, Priority::normal}).ok(), "started");
  EXPECT(t.until(LinkState::closed), "closed");
  EXPECT(t.ended.size() == 1 && t.ended[0].error.kind() == ErrorKind::closed, "with closed");
  EXPECT(t.gate.tools().size() == 1, "the server to have seen the first alone");
}

void storage_that_is_too_small_is_a_config_error_with_both_sizes(void**) {
  sim::World world(1);
  sim::Port port(world);
  std::vector<std::byte> storage(1000);
  agent_gate::Config config;
  config.client.url = "ws://gateway/";
  agent_gate::Client client(port, std::move(config), agent_gate::Limits::tiny(), storage);
  const Error error = client.connect().error();
  EXPECT(error.kind() == ErrorKind::config, "config");
  EXPECT(error.message().find("1000") != std::string_view::npos, "what there is");
  EXPECT(error.message().find(std::to_string(agent_gate::storage_bytes(agent_gate::Limits::tiny()))) !=
             std::string_view::npos,
         "what is needed");
  EXPECT(client.tool_request("x", "{}", {}).error().kind() == ErrorKind::config, "the same");
  EXPECT(client.list_tools({}).error().kind() == ErrorKind::config, "the same");
  EXPECT(client.get_pending_results({}).error().kind() == ErrorKind::config, "the same");
  EXPECT(!client.cancel({}) && client.state() == LinkState::idle, "nothing to cancel, nothing started");
  EXPECT(client.statistics().attempts == 0 && client.last_error().kind() == ErrorKind::config, "the reason");
  client.retry_now();
  client.close();
}

void without_randomness_a_request_is_refused_by_name(void**) {
  GateWorld t;
  t.port.set_random_works(false);
  EXPECT(t.ask("x").error().kind() == ErrorKind::connection, "connection");
  t.port.set_random_works(true);
  EXPECT(t.ask("x").ok(), "started once there is some");
}

void a_line_that_could_not_be_polled_for_want_of_randomness_is_polled_before_the_first_request(void**) {
  GateWorld t;
  t.gate.rows = {row("7", "x", "{}", executed)};
  t.gate.answer_auth = false;
  EXPECT(t.client->connect().ok() && t.until(LinkState::authenticating), "the line to be open");
  t.run(1s);
  t.port.set_random_works(false);
  t.gate.answer("\"auth-1\"", R"({"status":"authenticated"})");
  EXPECT(t.until(LinkState::ready), "ready");
  t.run(1min);
  t.port.set_random_works(true);
  EXPECT(t.gate.polls == 0, "no poll without an id");
  const Instant asked = t.world.now();
  EXPECT(t.ask("x").ok(), "started");
  EXPECT(t.world.run_until([&] { return !t.gate.tools().empty(); }, 5s), "the request at the server");
  EXPECT(t.world.now() - asked < 1s, "at once");
  EXPECT(t.gate.polls == 1 && t.gate.requests[0].method == "get_pending_results", "behind the poll");
  EXPECT(t.unclaimed.size() == 1 && t.ended.empty(), "and an earlier process's row is not its answer");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(auth_is_the_first_message_and_carries_the_token),
      cmocka_unit_test(a_tool_request_completes_with_the_data_of_its_result),
      cmocka_unit_test(a_request_has_the_id_that_is_on_the_wire_until_it_ends),
      cmocka_unit_test(without_arguments_an_empty_object_is_sent_and_names_are_escaped),
      cmocka_unit_test(ids_increase_from_a_random_start_below_2_to_the_52),
      cmocka_unit_test(each_code_of_the_table_has_its_kind_code_and_message),
      cmocka_unit_test(
          sixty_four_answered_in_reverse_complete_once_each_and_the_sixty_fifth_is_refused_by_name),
      cmocka_unit_test(bad_arguments_are_config_errors_at_once),
      cmocka_unit_test(silence_ends_at_the_requests_own_deadline),
      cmocka_unit_test(a_late_answer_to_a_cancelled_or_ended_request_is_counted_and_ignored),
      cmocka_unit_test(bad_answers_are_counted_and_hurt_nobody),
      cmocka_unit_test(an_answer_larger_than_the_buffer_completes_its_request_with_too_large_and_its_size),
      cmocka_unit_test(list_tools_completes_with_the_result_and_older_servers_refuse_it_as_remote),
      cmocka_unit_test(a_result_of_another_shape_ends_its_request_with_a_protocol_error),
      cmocka_unit_test(close_completes_everything_with_closed_and_never_reconnects),
      cmocka_unit_test(a_request_started_right_before_close_is_not_sent),
      cmocka_unit_test(storage_that_is_too_small_is_a_config_error_with_both_sizes),
      cmocka_unit_test(without_randomness_a_request_is_refused_by_name),
      cmocka_unit_test(
          a_line_that_could_not_be_polled_for_want_of_randomness_is_polled_before_the_first_request),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
