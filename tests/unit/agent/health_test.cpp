#include "agent/health.hpp"

#include <kedge/version.hpp>

#include "support/cmocka.hpp"

using namespace kedge;
using namespace kedge::agent;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

Snapshot snapshot(LinkState state) {
  Snapshot now;
  now.node_id = "pi \"1\"";
  now.sends = true;
  now.state = state;
  now.active = 3;
  now.time = WallTime(1'767'225'600'007ms);
  now.uptime = 61s + 999ms;
  now.link.attempts = 4;
  now.link.connects = 2;
  now.link.pending = 3;
  now.link.queued = 1;
  now.link.queued_bytes = 50;
  return now;
}

void a_ready_link_is_healthy_and_all_is_told(void**) {
  Snapshot now = snapshot(LinkState::ready);
  now.link.round_trip = 12'034us;
  now.last_error = Error(ErrorKind::connection, "refus\xE9");
  const HttpAnswer answer = health_answer(now);
  EXPECT(answer.status == 200, "200");
  EXPECT_TEXT(answer.body,
              R"({"status":"healthy","nodeId":"pi \"1\"","activeSessions":3,"btpConnected":true,)"
              R"("timestamp":"2026-01-01T00:00:00.007Z","uptimeSeconds":61,"version":")" KEDGE_VERSION
              R"(","link":{"state":"ready","attempts":4,"connects":2,"lastError":"refus?",)"
              R"("lastErrorKind":"connection","roundTripMs":12.034,)"
              R"("pending":3,"queueDepth":1,"queuedBytes":50}})");
}

void any_other_state_is_degraded_with_200(void**) {
  for (int i = 0; i <= static_cast<int>(LinkState::closed); ++i) {
    const auto state = static_cast<LinkState>(i);
    if (state == LinkState::ready) continue;
    const HttpAnswer answer = health_answer(snapshot(state));
    EXPECT(answer.status == 200, "200");
    EXPECT(
        contains(answer.body, R"("status":"degraded")") && contains(answer.body, R"("btpConnected":false)"),
        "degraded");
    EXPECT(contains(answer.body, "\"state\":\"" + std::string(to_string(state)) + "\""), "the state's name");
    EXPECT(contains(answer.body, R"("lastError":null,"lastErrorKind":null,"roundTripMs":null)"),
           "nothing to tell of these");
  }
}

void ready_is_200_while_packets_can_be_sent_and_503_with_the_reason_else(void**) {
  EXPECT(ready_answer(snapshot(LinkState::ready)).status == 200, "200");
  EXPECT_TEXT(ready_answer(snapshot(LinkState::ready)).body, R"({"status":"ready","link":"ready"})");
  Snapshot now = snapshot(LinkState::waiting);
  now.last_error = Error(ErrorKind::connection, "refus\xE9");
  EXPECT(ready_answer(now).status == 503, "503");
  EXPECT_TEXT(ready_answer(now).body,
              R"({"error":"Service unavailable","message":"the line is waiting: refus?"})");
  now.sends = false;
  EXPECT_TEXT(ready_answer(now).body, R"({"status":"ready","link":"off"})");
  now = snapshot(LinkState::ready);
  now.shutting_down = true;
  EXPECT(ready_answer(now).status == 503, "no more requests to be sent to one that ends");
}

void without_a_url_it_is_healthy_and_not_connected(void**) {
  Snapshot now = snapshot(LinkState::idle);
  now.sends = false;
  const std::string body = health_answer(now).body;
  EXPECT(contains(body, R"("status":"healthy")") && contains(body, R"("btpConnected":false)"), "healthy");
  EXPECT(contains(body, R"("link":{"state":"off")"), "off");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_ready_link_is_healthy_and_all_is_told),
      cmocka_unit_test(any_other_state_is_degraded_with_200),
      cmocka_unit_test(ready_is_200_while_packets_can_be_sent_and_503_with_the_reason_else),
      cmocka_unit_test(without_a_url_it_is_healthy_and_not_connected),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
