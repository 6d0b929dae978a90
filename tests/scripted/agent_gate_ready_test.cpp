// What the agent-gate client promises until requests go out: authentication and the first poll.

#include "gate_fixture.hpp"

#include "support/aborts.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

// --- authentication

void a_refused_token_is_an_authentication_error_and_fatal(void**) {
  ClientConfig config;
  config.fatal_policy = FatalPolicy::stop;
  GateWorld t(1, agent_gate::Limits::small(), std::move(config));
  t.gate.token = "another";
  EXPECT(t.ask("x").ok(), "a request may wait for the line");
  EXPECT(t.client->connect().ok(), "started");
  EXPECT(t.until(LinkState::closed), "the client to stop");
  EXPECT(t.errors.back().kind() == ErrorKind::authentication, "authentication");
  EXPECT(t.errors.back().code() == -32005, "the server's code");
  EXPECT_TEXT(t.errors.back().message(), "Invalid token");
  EXPECT(t.ended.size() == 1 && t.ended[0].error.kind() == ErrorKind::authentication,
         "what waited ends so too");
  EXPECT(t.gate.opened == 1, "no second attempt");
}

void a_server_that_repeats_the_token_does_not_get_it_into_errors_or_logs(void**) {
  ClientConfig config;
  config.fatal_policy = FatalPolicy::stop;
  GateWorld t(1, agent_gate::Limits::small(), std::move(config));
  t.gate.answer_auth = false;
  t.gate.on_connect = [&](server::Connection&) {
    t.gate.refuse("\"auth-1\"", -32005, "Invalid token: let-me-in");
  };
  EXPECT(t.client->connect().ok(), "started");
  EXPECT(t.until(LinkState::closed), "the client to stop");
  EXPECT(t.errors.back().message().find("let-me-in") == std::string_view::npos, "no token in the error");
}

void another_reply_to_auth_is_fatal(void**) {
  for (const char* reply : {R"({"jsonrpc":"2.0","result":{"status":"hm"},"id":"auth-1"})",
                            R"({"jsonrpc":"2.0","result":7,"id":"auth-1"})",
                            R"({"jsonrpc":"2.0","error":{"code":-32601,"message":"no"},"id":"auth-1"})"}) {
    ClientConfig config;
    config.fatal_policy = FatalPolicy::stop;
    GateWorld t(1, agent_gate::Limits::small(), std::move(config));
    t.gate.answer_auth = false;
    t.gate.on_connect = [&](server::Connection&) { t.gate.say(reply); };
    EXPECT(t.client->connect().ok(), "started");
    EXPECT(t.until(LinkState::closed), reply);
    EXPECT(t.errors.back().kind() == ErrorKind::authentication, "authentication");
  }
}

void an_authentication_timeout_is_retried(void**) {
  ClientConfig config;
  config.fatal_policy = FatalPolicy::stop;
  GateWorld t(1, agent_gate::Limits::small(), std::move(config));
  t.gate.on_connect = [&](server::Connection& line) {
    if (t.gate.opened > 1) return;
    t.gate.answer_auth = false;
    t.gate.refuse("null", -32005, "Authentication timeout");
    line.close(1000, "");
  };
  EXPECT(t.client->connect().ok(), "started");
  EXPECT(t.until(LinkState::waiting), "a wait for the next attempt");
  EXPECT(t.errors.back().kind() == ErrorKind::authentication, "authentication");
  t.gate.answer_auth = true;
  EXPECT(t.until(LinkState::ready), "ready at the second attempt");
}

void another_agent_already_connected_is_retried_until_the_slot_is_free(void**) {
  ClientConfig config;
  config.fatal_policy = FatalPolicy::stop;
  GateWorld t(1, agent_gate::Limits::small(), std::move(config));
  t.gate.on_connect = [&](server::Connection& line) {
    if (t.gate.opened < 4) line.close(4000, "Another agent is already connected");
  };
  EXPECT(t.client->connect().ok(), "started");
  EXPECT(t.until(LinkState::ready, 5min), "ready at last");
  EXPECT(t.gate.opened == 4, "three refusals before");
  EXPECT(t.errors.front().layer_code() == 4000, "the close code in the error");
}

void messages_before_authentication_are_counted_and_change_nothing(void**) {
  GateWorld t;
  t.gate.answer_auth = false;
  t.gate.on_connect = [&](server::Connection& line) {
    t.gate.say(R"({"jsonrpc":"2.0","result":{"status":"authenticated"},"id":1})");
    t.gate.say(R"({"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"},"id":null})");
    t.gate.say("{\"result\":\"" + std::string(t.limits.inbound_message_bytes_max + 1, 'x') +
               "\",\"id\":\"auth-1\"}");
    const std::byte byte{1};
    line.send_binary({&byte, 1});
    t.gate.answer("\"auth-1\"", R"({"status":"authenticated"})");
  };
  EXPECT(t.client->connect().ok(), "started");
  EXPECT(t.until(LinkState::ready), "ready");
  EXPECT(t.client->statistics().protocol_errors == 4, "each counted");
}

void a_server_that_repeats_the_token_later_does_not_get_it_into_the_log(void**) {
  GateWorld t;
  t.connect();
  t.gate.refuse("null", -32600, "Invalid request: you said let-me-in");
  t.run(1s);
  EXPECT(t.client->statistics().protocol_errors == 1,
         "the error to be counted");  // and logged: see ~GateWorld
}

void a_token_that_is_not_text_fails_the_attempt_by_name(void**) {
  GateWorld t;
  t.secret = "\xff\xfe";
  EXPECT(t.client->connect().ok(), "started");
  EXPECT(t.until(LinkState::waiting), "a failed attempt");
  EXPECT(t.errors.back().kind() == ErrorKind::authentication, "authentication");
  EXPECT(t.gate.first_messages.empty(), "nothing sent");
}

void a_token_of_the_largest_size_is_shown_and_a_longer_one_is_told_by_the_name_of_its_limit(void**) {
  for (const auto& preset :
       {agent_gate::Limits::tiny(), agent_gate::Limits::small(), agent_gate::Limits::host()}) {
    for (const char c : {'x', '"'}) {  // of which JSON makes one byte, or two
      agent_gate::Limits limits = preset;
      limits.reserved_bytes = 256;
      limits.outbound_message_bytes_max = 64;  // the user's: an authentication has room of its own
      GateWorld t(1, limits);
      t.secret.assign(limits.credential_bytes_max, c);
      t.gate.token = t.secret;
      t.connect();
      EXPECT(t.client->state() == LinkState::ready, "let in");
    }
    GateWorld t(1, preset);
    t.secret.assign(preset.credential_bytes_max + 1U, 'x');
    EXPECT(t.client->connect().ok() && t.until(LinkState::waiting), "a failed attempt");
    EXPECT(t.errors.back().kind() == ErrorKind::authentication, "authentication");
    EXPECT(t.errors.back().message().ends_with(std::to_string(preset.credential_bytes_max) +
                                               " bytes (Limits::credential_bytes_max)"),
           "its limit");
    EXPECT(t.gate.first_messages.empty(), "nothing sent");
  }
}

void a_token_that_has_no_room_fails_the_attempt_by_name(void**) {
  agent_gate::Limits limits = agent_gate::Limits::small();
  limits.reserved_bytes = 256;
  GateWorld t(1, limits);
  t.secret.assign(limits.credential_bytes_max, '\x01');  // JSON takes six bytes for each
  EXPECT(t.client->connect().ok(), "started");
  EXPECT(t.until(LinkState::waiting), "a failed attempt");
  EXPECT_TEXT(t.errors.back().message(), "the message that shows the credential does not fit reserved_bytes");
  EXPECT(t.gate.first_messages.empty(), "nothing sent");
}

// --- the first poll

void at_the_first_ready_pending_results_are_fetched_before_any_request_goes_out(void**) {
  GateWorld t;
  t.gate.answer_polls = false;
  EXPECT(t.ask("x").ok(), "asked before connecting");
  EXPECT(t.client->connect().ok(), "started");
  EXPECT(t.until(LinkState::ready), "ready");
  t.run(5s);
  EXPECT(t.gate.requests.size() == 1 && t.gate.polls == 1, "only the poll, until it is answered");
  t.gate.answer_poll(t.gate.requests[0].id);
  t.run(1s);
  EXPECT(t.gate.tools().size() == 1, "the request after that");
  EXPECT_TEXT(t.gate.requests[0].method, "get_pending_results");
}

void a_first_poll_without_an_answer_holds_requests_back_for_ten_seconds(void**) {
  GateWorld t;
  t.gate.answer_polls = false;
  EXPECT(t.ask("x", R"({"a":1})").ok() && t.client->connect().ok(), "started");
  EXPECT(t.until(LinkState::ready), "ready");
  t.run(9s);
  EXPECT(t.gate.tools().empty(), "held back");
  t.run(2s);
  EXPECT(t.gate.tools().size() == 1, "let go");
  // Late rows are those of earlier processes all the same.
  t.gate.rows = {row("0b5f", "x", R"({"a":1})", executed)};
  t.gate.answer_poll(t.gate.requests[0].id);
  t.run(1s);
  EXPECT(t.ended.empty() && t.unclaimed.size() == 1, "a row of an earlier process");
}

void a_first_poll_that_is_refused_lets_requests_go(void**) {
  GateWorld t;
  t.gate.on_request = [&](const GateRequest& request) {
    if (request.method != "get_pending_results") return false;
    t.gate.refuse(request.id, -32601, "Method not found");
    return true;
  };
  EXPECT(t.ask("x").ok(), "asked");
  t.connect();
  EXPECT(t.gate.tools().size() == 1, "sent");
}

void rows_of_an_earlier_process_go_to_the_handler_even_when_everything_matches(void**) {
  GateWorld t;
  EXPECT(t.ask("x", R"({"a":1})").ok(), "asked before connecting");
  t.gate.rows = {row("0b5f-uuid", "x", R"({"a":1})", executed),
                 row("7", "y", "{}", R"({"status":"denied","data":"no"})"), row("8", "z", "{}", "nonsense")};
  t.connect();
  EXPECT(t.ended.empty(), "no request to be resolved");
  EXPECT(t.unclaimed.size() == 3, "all rows at the handler");
  EXPECT_TEXT(t.unclaimed[0].request_id, "0b5f-uuid");
  EXPECT_TEXT(t.unclaimed[0].tool, "x");
  EXPECT_TEXT(t.unclaimed[0].args, R"({"a":1})");
  EXPECT_TEXT(t.unclaimed[0].status, "executed");
  EXPECT_TEXT(t.unclaimed[0].result, executed);
  EXPECT_TEXT(t.unclaimed[1].status, "denied");
  EXPECT_TEXT(t.unclaimed[2].status, "");
  EXPECT_TEXT(t.unclaimed[2].result, "nonsense");
}

void each_line_asks_for_results_though_no_request_waits_for_any(void**) {
  GateWorld t;
  t.connect();
  EXPECT(t.gate.polls == 1, "one poll of the first line");
  t.gate.rows = {row("0b5f-uuid", "x", R"({"a":1})", executed)};
  t.cut();
  EXPECT(t.until(LinkState::ready), "ready again");
  t.run(1s);
  EXPECT(t.gate.polls == 2, "one of the second");
  EXPECT(t.unclaimed.size() == 1, "what waited at the server for nobody");
}

void poll_times_that_make_no_sense_are_refused_by_name(void**) {
  const struct {
    Duration agent_gate::Config::*time;
    Duration value;
    const char* name;
  } table[] = {{&agent_gate::Config::poll_timeout, Duration::zero(), "poll_timeout"},
               {&agent_gate::Config::poll_interval_min, Duration::zero(), "poll_interval_min"},
               {&agent_gate::Config::poll_interval_min, -1s, "poll_interval_min"},
               {&agent_gate::Config::poll_interval_max, 1999ms, "poll_interval_max"}};
  for (const auto& one : table) {
    agent_gate::Config config;
    config.*one.time = one.value;
    GateWorld t(1, agent_gate::Limits::small(), {}, std::move(config));
    const Error error = t.client->connect().error();
    EXPECT(error.kind() == ErrorKind::config, one.name);
    EXPECT(error.message().find(one.name) != std::string_view::npos, one.name);
  }
}

void a_client_without_a_credential_source_is_refused_by_name(void**) {
  sim::World world(1);
  sim::Port port(world);
  std::vector<std::byte> storage(agent_gate::storage_bytes(agent_gate::Limits::tiny()));
  agent_gate::Config config;
  config.client.url = "ws://gateway/";
  agent_gate::Client client(port, std::move(config), agent_gate::Limits::tiny(), storage);
  const Error error = client.connect().error();
  EXPECT(error.kind() == ErrorKind::config, "config");
  EXPECT(error.message().starts_with("ClientConfig::credentials"), "by name");
  EXPECT(client.last_error().kind() == ErrorKind::config, "as the last error, too");
  world.run_for(1min);
  EXPECT(client.state() == LinkState::idle && client.statistics().attempts == 0, "nothing started");
}

void a_member_of_the_configuration_that_is_out_of_its_range_is_told_by_name(void**) {
  ClientConfig config;
  config.backoff.cap = Duration::zero();
  GateWorld t(1, agent_gate::Limits::small(), std::move(config));
  EXPECT(t.client->connect().error().message().starts_with("ClientConfig::backoff.cap"), "by name");
  EXPECT(t.client->last_error().message().starts_with("ClientConfig::backoff.cap"), "and remembered");
  t.run(1min);
  EXPECT(t.client->statistics().attempts == 0, "no attempt");
}

#if !defined(NDEBUG)

void a_client_destroyed_inside_its_own_callback_aborts_in_debug_builds(void**) {
  const bool aborted = aborts([] {
    sim::World world(1);
    sim::Port port(world);
    std::vector<std::byte> storage(agent_gate::storage_bytes(agent_gate::Limits::tiny()));
    std::optional<agent_gate::Client> client;
    agent_gate::Config config;
    config.client.url = "ws://10.0.0.1/";
    config.client.credentials = [](Secret& secret) noexcept { return secret.assign("token"); };
    config.client.on_state = [&](LinkState, const Error&) noexcept { client.reset(); };
    client.emplace(port, std::move(config), agent_gate::Limits::tiny(), storage);
    (void)client->connect();
    world.run_for(std::chrono::seconds{1});
  });
  EXPECT(aborted, "inside the handler that tells the first state");
}

#endif

}  // namespace

int main() {
  const CMUnitTest tests[] = {
    cmocka_unit_test(a_refused_token_is_an_authentication_error_and_fatal),
    cmocka_unit_test(a_server_that_repeats_the_token_does_not_get_it_into_errors_or_logs),
    cmocka_unit_test(a_server_that_repeats_the_token_later_does_not_get_it_into_the_log),
    cmocka_unit_test(another_reply_to_auth_is_fatal),
    cmocka_unit_test(an_authentication_timeout_is_retried),
    cmocka_unit_test(another_agent_already_connected_is_retried_until_the_slot_is_free),
    cmocka_unit_test(messages_before_authentication_are_counted_and_change_nothing),
    cmocka_unit_test(a_token_that_is_not_text_fails_the_attempt_by_name),
    cmocka_unit_test(a_token_of_the_largest_size_is_shown_and_a_longer_one_is_told_by_the_name_of_its_limit),
    cmocka_unit_test(a_token_that_has_no_room_fails_the_attempt_by_name),
    cmocka_unit_test(at_the_first_ready_pending_results_are_fetched_before_any_request_goes_out),
    cmocka_unit_test(a_first_poll_without_an_answer_holds_requests_back_for_ten_seconds),
    cmocka_unit_test(a_first_poll_that_is_refused_lets_requests_go),
    cmocka_unit_test(rows_of_an_earlier_process_go_to_the_handler_even_when_everything_matches),
    cmocka_unit_test(each_line_asks_for_results_though_no_request_waits_for_any),
    cmocka_unit_test(poll_times_that_make_no_sense_are_refused_by_name),
    cmocka_unit_test(a_client_without_a_credential_source_is_refused_by_name),
    cmocka_unit_test(a_member_of_the_configuration_that_is_out_of_its_range_is_told_by_name),
#if !defined(NDEBUG)
    cmocka_unit_test(a_client_destroyed_inside_its_own_callback_aborts_in_debug_builds),
#endif
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
