// The operator's API over a real loopback socket; the gate behind it lives on a simulated world.

#include "hub/agent_gate/gate_operator.hpp"
#include "hub/btp/connector_operator.hpp"
#include "hub/operator_api.hpp"
#include "scripted/hub_gate_fixture.hpp"
#include "support/http_client.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

struct Api {
  uv::Loop loop;
  GateWorld t;
  hub::agent_gate::GateOperator of_gate{t.gate};
  hub::OperatorApi api{loop, *t.server, {&of_gate}};
  std::uint16_t port = 0;

  Api() {
    const auto bound = api.listen(0);
    EXPECT(bound.ok(), "a free loopback port");
    port = *bound;
  }
  std::string ask(const std::string& start, const std::string& headers = "Host: 127.0.0.1\r\n",
                  const std::string& body = {}) {
    return HttpClient::ask(loop, port, start, headers, body);
  }
};

constexpr auto status = &http_status;

void approvals_are_listed_approved_and_denied(void**) {
  Api a;
  auto agent = a.t.agent();
  EXPECT(contains(a.ask("GET /approvals"), R"({"approvals":[]})"), "no approvals");
  a.t.tool(*agent, "ask_me", "1", R"({"big":12345678901234567890})");
  a.t.tool(*agent, "ask_me", "2");
  const std::string list = a.ask("GET /approvals");
  EXPECT(status(list) == 200 && contains(list, "Content-Type: application/json"), "JSON");
  EXPECT(contains(list, R"("tool":"ask_me","args":{"big":12345678901234567890},"waiting_s":0)"),
         "the request");
  EXPECT(status(a.ask("POST /approvals/1/approve", "Host: localhost:1\r\nContent-Length: 0\r\n")) == 200,
         "200");
  EXPECT(status(a.ask("POST /approvals/2/deny")) == 200, "200");
  a.t.world.run_for(20ms);
  EXPECT(contains(agent->messages[1], R"({"status":"executed","data":{"asked": true}},"id":1)"), "executed");
  EXPECT(contains(agent->messages[2], R"("code":-32001)"), "denied");
  EXPECT(status(a.ask("POST /approvals/1/approve")) == 404, "404 the second time");
}

void the_agent_is_cut(void**) {
  Api a;
  EXPECT(status(a.ask("POST /agent/cut?how=abrupt")) == 409, "409 without an agent");
  auto agent = a.t.agent();
  EXPECT(status(a.ask("POST /agent/cut")) == 400 && status(a.ask("POST /agent/cut?how=softly")) == 400,
         "400");
  EXPECT(status(a.ask("POST /agent/cut?how=clean")) == 200, "200");
  a.t.world.run_for(100ms);
  EXPECT(agent->close_code == 1000, "a clean close");
}

void the_status_counts(void**) {
  Api a;
  auto agent = a.t.agent();
  a.t.tool(*agent, "read", "77");
  const std::string answer = a.ask("GET /status");
  EXPECT(contains(answer, R"("agent":{"connected":true,"authenticated":true,"slot_taken":true})"),
         "the agent");
  EXPECT(contains(answer, R"("executions":1)") && contains(answer, R"("client_id":"77")"), "the execution");
  const std::string head = a.ask("HEAD /status");
  EXPECT(status(head) == 200 && !contains(head, "client_id"), "a head alone");
}

void the_executions_are_listed_with_what_became_of_them(void**) {
  Api a;
  EXPECT(contains(a.ask("GET /executions"), R"({"total":0,"executions":[]})"), "none at first");
  auto agent = a.t.agent();
  a.t.tool(*agent, "read", "77", R"({"n":1})");
  a.t.tool(*agent, "silent", "78");
  a.t.tool(*agent, "slow", "79");
  const std::string all = a.ask("GET /executions");
  EXPECT(contains(all, R"({"total":3,"executions":[{"number":1,"client_id":"77",)"),
         "three, the first first");
  EXPECT(contains(all, R"("tool":"read","args":"{\"n\":1}","fate":"answered","changed_at":"20)"), "answered");
  EXPECT(contains(all, R"("fate":"silent")") && contains(all, R"("fate":"running")"), "each its fate");
  const std::string last = a.ask("GET /executions?after=2");
  EXPECT(contains(last, R"("total":3,"executions":[{"number":3,)"), "those after the second");
  EXPECT(status(a.ask("GET /executions?after=two")) == 400 && status(a.ask("GET /executions?after=")) == 400,
         "400 for what is no number");
  EXPECT(status(a.ask("POST /executions")) == 405, "405");
}

void a_rows_fate_is_followed_until_it_is_fetched(void**) {
  Api a;
  auto agent = a.t.agent();
  EXPECT_TEXT(a.t.tool(*agent, "ask_cut"), "");
  EXPECT(a.t.gate.approve(a.t.gate.approvals()[0].id), "an approval");
  a.t.world.run_for(20ms);
  EXPECT(contains(a.ask("GET /executions"), R"("fate":"kept")"), "a row that is kept");
  auto again = a.t.agent();
  EXPECT(contains(a.t.pending(*again), R"("tool_name":"ask_cut")"), "the row");
  EXPECT(contains(a.ask("GET /executions"), R"("fate":"fetched")"), "a row that was fetched");
  EXPECT_TEXT(a.t.tool(*again, "cut"), "");
  EXPECT(contains(a.ask("GET /executions"), R"("fate":"lost")"), "a result that nobody will ever hear of");
  EXPECT(contains(a.ask("GET /status"), R"("results_fetched":1,"results_lost":1})"), "both counted");
}

void rows_that_expire_or_make_room_are_told_as_such(void**) {
  hub::agent_gate::Config config = hub::agent_gate::read_config(gate_policy);
  config.kept = hub::agent_gate::Kept::all;
  config.results_max = 1;
  config.result_ttl = 10s;
  GateWorld t(std::move(config));
  for (int i = 0; i < 2; ++i) {
    auto agent = t.agent();
    EXPECT_TEXT(t.tool(*agent, "cut"), "");
  }
  EXPECT(t.gate.executions()[0].fate == hub::agent_gate::Fate::dropped, "the older one to make room");
  EXPECT(t.gate.executions()[1].fate == hub::agent_gate::Fate::kept, "the newer one to be kept");
  t.world.run_for(10s);
  EXPECT(t.gate.executions()[1].fate == hub::agent_gate::Fate::expired, "the newer one to expire");
}

void unknown_paths_and_methods_are_refused(void**) {
  Api a;
  EXPECT(status(a.ask("GET /")) == 404 && status(a.ask("GET /approvals/")) == 404, "404");
  EXPECT(status(a.ask("POST /approvals/1/maybe")) == 404, "404 for an unknown verb");
  EXPECT(status(a.ask("POST /approvals/1")) == 404, "404 without a verb");
  EXPECT(status(a.ask("POST /approvals/one/deny")) == 400, "400 for an id that is no number");
  EXPECT(status(a.ask("POST /approvals//deny")) == 400, "400 for no id");
  EXPECT(status(a.ask("POST /approvals/1e0/deny")) == 400, "400 for what is no whole number");
  const std::string wrong = a.ask("DELETE /approvals");
  EXPECT(status(wrong) == 405 && contains(wrong, "Allow: GET, HEAD"), "405 with what is allowed");
  EXPECT(contains(a.ask("GET /approvals/1/deny"), "Allow: POST"), "405 for a GET that acts");
  EXPECT(status(a.ask("GET /agent/cut?how=clean")) == 405 && status(a.ask("PUT /status")) == 405, "405");
}

void names_that_are_not_loopback_are_refused(void**) {
  Api a;
  for (const char* host : {"evil.example", "127.0.0.1.evil.example", "10.0.0.1", "user@localhost", "[::2]"}) {
    EXPECT(status(a.ask("GET /status", "Host: " + std::string(host) + "\r\n")) == 403, host);
  }
  for (const char* host : {"localhost", "LocalHost:99", "127.0.0.1:80", "[::1]:80"}) {
    EXPECT(status(a.ask("GET /status", "Host: " + std::string(host) + "\r\n")) == 200, host);
  }
  const std::string host = "Host: localhost\r\nOrigin: ";
  for (const char* origin : {"http://evil.example", "null", "https://localhost.evil.example", "http://"}) {
    EXPECT(status(a.ask("GET /status", host + origin + "\r\n")) == 403, origin);
  }
  EXPECT(status(a.ask("GET /status", host + "http://localhost:3000\r\n")) == 200, "a local page");
  EXPECT(status(a.ask("GET /status", "")) == 400, "a request without Host");
}

void a_target_may_be_a_url_of_this_machine(void**) {
  Api a;
  EXPECT(status(a.ask("GET http://localhost:99/status")) == 200, "200");
  EXPECT(status(a.ask("GET http://evil.example/status")) == 403, "403");
  HttpClient check(a.loop, a.port);
  check.say("GET /status HTTP/1.0\r\n\r\n");
  EXPECT(status(check.hear_all()) == 200, "a health check of HTTP/1.0, without a Host");
}

void what_two_readers_could_read_differently_is_refused(void**) {
  Api a;
  const std::string inner = "POST /approvals/1/approve HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const std::string host = "Host: localhost\r\n";
  for (const std::string& headers :
       {"Content-Length: 0\r\nContent-Length: " + std::to_string(inner.size()) + "\r\n",
        std::string("Transfer-Encoding: identity\r\n"), std::string("Host: evil.example\r\n"),
        std::string("X: y\r\n folded\r\n"), std::string("X : y\r\n")}) {
    const std::string said = a.ask("POST /agent/cut?how=clean", host + headers, inner);
    EXPECT(status(said) == 400 && !contains(said, "HTTP/1.1 200"), headers.c_str());
  }
  EXPECT(contains(a.ask("POST /agent/cut?how=clean%00"), R"({"error":"%00 in the target"})"), "%00");
}

void heads_and_bodies_are_bounded(void**) {
  Api a;
  EXPECT(status(a.ask("GET /status", "Host: localhost\r\nX: " + std::string(20'000, 'x') + "\r\n")) == 431,
         "431");
  EXPECT(status(a.ask("POST /agent/cut?how=clean", "Host: localhost\r\nContent-Length: 5000\r\n",
                      std::string(5000, 'x'))) == 413,
         "413");
  EXPECT(
      status(a.ask("POST /agent/cut?how=clean", "Host: localhost\r\nContent-Length: 5\r\n", "hello")) == 409,
      "a small body to be ignored");
  const std::string chunk = "1400\r\n" + std::string(0x1400, 'x') + "\r\n0\r\n\r\n";
  EXPECT(status(a.ask("POST /agent/cut?how=clean", "Host: localhost\r\nTransfer-Encoding: chunked\r\n",
                      chunk)) == 413,
         "413");
}

void a_port_that_is_taken_is_an_error_and_close_may_come_twice(void**) {
  Api a;
  hub::OperatorApi second(a.loop, *a.t.server, {&a.of_gate});
  EXPECT(second.listen(a.port).error().kind() == ErrorKind::connection, "connection");
  second.close();
  a.api.close();
  a.api.close();
}

void the_connector_is_seen_through_it_when_there_is_one(void**) {
  Api a;
  EXPECT(status(a.ask("GET /btp")) == 404, "404 without a connector");
  hub::btp::Connector connector(hub::btp::Config{}, hub::btp::PeerTokens{});
  connector.attach(*a.t.server);
  hub::btp::ConnectorOperator of_connector(connector);
  hub::OperatorApi with_connector(a.loop, *a.t.server, {&a.of_gate, &of_connector});
  const auto port = with_connector.listen(0);
  EXPECT(port.ok(), "a free loopback port");
  const std::string answer = HttpClient::ask(a.loop, *port, "GET /btp", "Host: 127.0.0.1\r\n", {});
  EXPECT(status(answer) == 200 && contains(answer, R"({"peers":[],)"), "its peers: none");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(approvals_are_listed_approved_and_denied),
      cmocka_unit_test(the_agent_is_cut),
      cmocka_unit_test(the_status_counts),
      cmocka_unit_test(the_executions_are_listed_with_what_became_of_them),
      cmocka_unit_test(a_rows_fate_is_followed_until_it_is_fetched),
      cmocka_unit_test(rows_that_expire_or_make_room_are_told_as_such),
      cmocka_unit_test(unknown_paths_and_methods_are_refused),
      cmocka_unit_test(names_that_are_not_loopback_are_refused),
      cmocka_unit_test(a_target_may_be_a_url_of_this_machine),
      cmocka_unit_test(what_two_readers_could_read_differently_is_refused),
      cmocka_unit_test(heads_and_bodies_are_bounded),
      cmocka_unit_test(a_port_that_is_taken_is_an_error_and_close_may_come_twice),
      cmocka_unit_test(the_connector_is_seen_through_it_when_there_is_one),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
