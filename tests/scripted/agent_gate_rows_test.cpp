// Which request a row of pending results answers, and rows of any size.

#include "gate_fixture.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

// --- matching

void a_row_matches_by_tool_and_arguments_and_by_id_when_the_id_is_ours(void**) {
  GateWorld t;
  t.connect();
  const auto a = t.ask("x", R"({"n":1})");
  const auto b = t.ask("x", R"({"n":1})");
  const auto c = t.ask("x", R"({"n":2})");
  t.run(1s);
  const auto tools = t.gate.tools();
  t.cut();
  t.gate.rows = {row("u1", "y", R"({"n":1})", executed),         // another tool
                 row("u2", "x", R"({"n":"1"})", executed),       // other arguments
                 row(tools[2].id, "x", R"({"n":1})", executed),  // c's id, but not its arguments
                 row(tools[1].id, "x", R"({"n":1})", executed),  // b, by its id
                 row("u3", "x", R"({"n":1})", executed),         // a, the oldest left
                 row("u4", "x", R"({"n":1})", executed)};        // nobody is left
  EXPECT(t.all_ended(2, 2min), "two to end");
  t.run(1s);
  EXPECT(t.ended.size() == 2, "only two");
  EXPECT(t.ended[0].handle == *b && t.ended[1].handle == *a, "b by its id, then a");
  EXPECT(t.unclaimed.size() == 4, "the others at the handler");
  EXPECT_TEXT(t.unclaimed[2].request_id, tools[2].id);
  t.gate.rows = {row("u5", "x", R"({"n":2})", executed)};
  EXPECT(t.all_ended(3, 1min), "the third to end");
  EXPECT(t.ended[2].handle == *c, "c");
}

void each_row_resolves_one_request_and_the_oldest_first(void**) {
  GateWorld t;
  t.connect();
  std::vector<Handle> asked;
  for (int i = 0; i < 3; ++i) asked.push_back(*t.ask("x"));
  t.run(1s);
  t.cut();
  for (int i = 0; i < 3; ++i) {
    t.gate.rows.push_back(row("u", "x", "{}", R"({"status":"executed","data":)" + std::to_string(i) + "}"));
  }
  EXPECT(t.all_ended(3, 2min), "all to end");
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT(t.ended[i].handle == asked[i], "the oldest first");
    EXPECT_TEXT(t.ended[i].text, std::to_string(i));
  }
}

void a_row_of_a_request_that_has_ended_is_no_answer_to_the_same_request_on_the_new_line(void**) {
  GateWorld t;
  t.connect();
  EXPECT(t.ask("open_door", "{}", {10s, Priority::normal}).ok() && t.ask("other").ok(), "asked");
  t.run(1s);
  t.cut();
  EXPECT(t.all_ended(1, 1min) && t.until(LinkState::ready), "the first to end at its deadline");
  const auto again = t.ask("open_door");
  t.run(1s);
  EXPECT(t.gate.tools().size() == 3, "the second at the server, on the new line");
  t.gate.rows = {row("0b5f-uuid", "open_door", "{}", executed)};  // of the first: a human was late
  EXPECT(t.client->get_pending_results(t.completion()).ok() && t.all_ended(2, 1min), "polled");
  EXPECT_TEXT(t.ended[1].text, R"({"rows":1,"resolved":0,"unclaimed":1})");
  EXPECT(t.unclaimed.size() == 1, "the row at the handler: it says nothing about the second");
  t.gate.answer(t.gate.tools()[2].id, R"({"status":"denied","data":"Denied by user"})");
  EXPECT(t.all_ended(3, 1min), "the second to end");
  EXPECT(t.ended[2].handle == *again && t.ended[2].error.kind() == ErrorKind::denied, "by its own answer");
}

void the_users_poll_resolves_what_it_can_and_counts_the_rows(void**) {
  GateWorld t;
  t.connect();
  EXPECT(t.ask("x").ok(), "asked");
  t.run(1s);
  t.gate.rows = {row(t.gate.tools()[0].id, "x", "{}", executed), row("u", "other", "{}", executed)};
  EXPECT(t.client->get_pending_results(t.completion()).ok(), "started");
  EXPECT(t.all_ended(2), "both to end");
  EXPECT_TEXT(t.ended[0].text, R"({"ok":true})");
  EXPECT_TEXT(t.ended[1].text, R"({"rows":2,"resolved":1,"unclaimed":1})");
  EXPECT(t.unclaimed.size() == 1, "the row nobody waits for at the handler");
  t.gate.on_request = [&](const GateRequest& request) {
    t.gate.answer(request.id, "{}");
    return true;
  };
  EXPECT(t.client->get_pending_results(t.completion()).ok(), "started");
  EXPECT(t.all_ended(3), "an end");
  EXPECT(t.ended[2].error.kind() == ErrorKind::protocol, "no list of results");
}

void rows_of_an_answer_that_nobody_waits_for_any_more_are_not_dropped(void**) {
  GateWorld t;
  t.connect();
  t.gate.answer_polls = false;
  const auto poll = t.client->get_pending_results(t.completion());
  t.run(1s);
  EXPECT(t.client->cancel(*poll), "cancelled");
  t.gate.rows = {row("u", "x", "{}", executed)};
  t.gate.answer_poll(t.gate.requests.back().id);
  t.run(1s);
  EXPECT(t.unclaimed.size() == 1, "its row at the handler");
  EXPECT(t.client->statistics().protocol_errors == 1, "the late answer counted");
}

// --- large replies

void a_reply_larger_than_the_message_buffer_is_read_row_by_row(void**) {
  GateWorld t(1, agent_gate::Limits::tiny());
  t.connect();
  for (int i = 0; i < 8; ++i) EXPECT(t.ask("x", "{\"n\":" + std::to_string(i) + "}").ok(), "asked");
  t.run(1s);
  t.cut();
  const std::string filler(3000, 'f');
  for (int i = 0; i < 8; ++i) {
    t.gate.rows.push_back(row("u", "x", "{\"n\":" + std::to_string(i) + "}",
                              R"({"status":"executed","data":")" + filler + std::to_string(i) + "\"}"));
  }
  t.gate.rows.push_back(row("u", "other", "{}", executed));
  EXPECT(t.all_ended(8, 2min), "all to end");
  for (int i = 0; i < 8; ++i) {
    EXPECT_TEXT(t.ended[static_cast<std::size_t>(i)].text, "\"" + filler + std::to_string(i) + "\"");
  }
  t.run(1s);
  EXPECT(t.unclaimed.size() == 1, "the last row at the handler");
  EXPECT(t.client->statistics().protocol_errors == 0, "nothing wrong with it");
}

void a_row_larger_than_its_buffer_completes_its_request_with_too_large_and_its_size(void**) {
  GateWorld t(1, agent_gate::Limits::tiny());
  t.connect();
  EXPECT(t.ask("x").ok() && t.ask("y").ok(), "asked");
  t.run(1s);
  t.cut();
  const std::string large = R"({"status":"executed","data":")" + std::string(10000, 'x') + "\"}";
  const std::string row_x = row("u1", "x", "{}", large);
  t.gate.rows = {row_x, row("u2", "other", "{}", large), row("u3", "y", "{}", executed)};
  EXPECT(t.all_ended(2, 2min), "both to end");
  EXPECT(t.ended[0].error.kind() == ErrorKind::too_large, "too_large");
  EXPECT(t.ended[0].error.message().find(std::to_string(row_x.size())) != std::string_view::npos, "its size");
  EXPECT(!t.ended[1].error, "the row after it is whole");
  EXPECT(t.unclaimed.size() == 1 && t.unclaimed[0].too_large, "a large row nobody waits for, marked");
  EXPECT_TEXT(t.unclaimed[0].tool, "other");
  EXPECT(t.unclaimed[0].bytes > 10000 && t.unclaimed[0].result.empty(), "its size, not its content");
}

void a_row_cut_short_inside_its_arguments_is_found_by_its_tool_on_a_server_with_names_of_its_own(void**) {
  agent_gate::Limits limits = agent_gate::Limits::tiny();
  limits.outbound_bytes = 64 * 1024;
  limits.outbound_message_bytes_max = 16 * 1024;
  GateWorld t(1, limits);
  t.connect();
  const auto args = [](char c, std::size_t size) { return "{\"a\":\"" + std::string(size, c) + "\"}"; };
  EXPECT(t.ask("other", args('x', 9000)).ok() && t.ask("x", args('s', 20)).ok(), "asked");
  const auto first = t.ask("x", args('a', 9000));
  const auto second = t.ask("x", args('b', 9000));
  t.run(1s);
  EXPECT(t.gate.tools().size() == 4, "all at the server");
  t.cut();
  t.gate.rows = {row("0b5f-uuid", "x", args('a', 9000), executed),
                 row("0b60-uuid", "x", args('b', 9000), executed),
                 row("0b61-uuid", "x", args('c', 9000), executed)};
  EXPECT(t.all_ended(2, 1min), "two to end");
  t.run(1s);
  EXPECT(t.ended.size() == 2 && t.ended[0].handle == *first && t.ended[1].handle == *second, "these two");
  for (const auto& end : t.ended) {
    EXPECT(end.error.kind() == ErrorKind::too_large && end.error.may_have_run(),
           "too_large, outcome unknown");
  }
  EXPECT(t.unclaimed.size() == 1 && t.unclaimed[0].too_large, "nobody has such arguments: at the handler");
}

void a_row_cut_short_inside_its_arguments_is_found_by_its_id(void**) {
  GateWorld t(1, agent_gate::Limits::tiny());
  t.connect();
  std::string args = "{\"a\":\"" + std::string(3900, 'x') + "\"}";
  EXPECT(t.ask("x", args).ok(), "asked");
  t.run(1s);
  const std::string id = t.gate.tools()[0].id;
  t.cut();
  const std::string large = row(id, "x", args.insert(args.size() - 1, std::string(400, ' ')), executed);
  t.gate.rows = {large, row("1234", "x", args, executed), row("uuid", "x", args, executed)};
  EXPECT(t.all_ended(1, 2min), "an end");
  t.run(1s);
  EXPECT(t.ended[0].error.kind() == ErrorKind::too_large, "too_large, not the deadline");
  EXPECT(t.ended[0].error.message().find(std::to_string(large.size())) != std::string_view::npos, "its size");
  EXPECT(t.unclaimed.size() == 2 && t.unclaimed[0].too_large, "ids that are not ours match nothing");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_row_matches_by_tool_and_arguments_and_by_id_when_the_id_is_ours),
      cmocka_unit_test(each_row_resolves_one_request_and_the_oldest_first),
      cmocka_unit_test(a_row_of_a_request_that_has_ended_is_no_answer_to_the_same_request_on_the_new_line),
      cmocka_unit_test(the_users_poll_resolves_what_it_can_and_counts_the_rows),
      cmocka_unit_test(rows_of_an_answer_that_nobody_waits_for_any_more_are_not_dropped),
      cmocka_unit_test(a_reply_larger_than_the_message_buffer_is_read_row_by_row),
      cmocka_unit_test(a_row_larger_than_its_buffer_completes_its_request_with_too_large_and_its_size),
      cmocka_unit_test(
          a_row_cut_short_inside_its_arguments_is_found_by_its_tool_on_a_server_with_names_of_its_own),
      cmocka_unit_test(a_row_cut_short_inside_its_arguments_is_found_by_its_id),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
