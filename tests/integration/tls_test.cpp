// TLS seen from a whole client: what a reconnect saves, and what a certificate that is wrong leads to.

#include "integration/uv_ground.hpp"
#include "support/gate_ground.hpp"

using namespace kedge;
using namespace kedge::test;

namespace {

void reconnects_resume_the_session(void**) {
  UvGround<AgentGate> ground(gate_config());
  Agent agent(ground);
  agent.wait(LinkState::ready);
  for (int i = 0; i < 3; ++i) {
    EXPECT(ground.stand_in().cut_agent(CutKind::abrupt), "a line to cut");
    agent.wait(LinkState::waiting);
    agent.wait(LinkState::ready);
  }
  const tls::HandshakeCounts& client = ground.tls_clients[0].client.handshakes();
  EXPECT(client.full == 1 && client.resumed == 3 && client.failed == 0,
         "one full handshake, then three short ones");
  EXPECT(ground.tls_server.handshakes().resumed == 3, "the server to agree");
  agent.expect_data(agent.call("read"), R"({"state":21.5})");
}

void a_changed_trust_takes_a_full_handshake(void**) {
  UvGround<AgentGate> ground(gate_config());
  Agent agent(ground);
  agent.wait(LinkState::ready);
  EXPECT(ground.tls_clients[0].client.trust(the_ca().pem_bytes()).ok(), "trust to be set again");
  EXPECT(ground.stand_in().cut_agent(CutKind::abrupt), "a line to cut");
  agent.wait(LinkState::waiting);
  agent.wait(LinkState::ready);
  const tls::HandshakeCounts& client = ground.tls_clients[0].client.handshakes();
  EXPECT(client.full == 2 && client.resumed == 0, "no session of the trust before");
}

/// A certificate that is wrong ends a client that stops at what is fatal, with words.
void expect_stop(const UvOptions& options, std::string_view words) {
  UvGround<AgentGate> ground(gate_config(), options);
  AgentOptions agent_options;
  agent_options.change = [](agent_gate::Config& config) { config.client.fatal_policy = FatalPolicy::stop; };
  Agent agent(ground, agent_options);
  const ToolEnding& ending = agent.call("read");
  agent.wait(LinkState::closed);
  const Error& error = agent.client->last_error();
  EXPECT(tls_failure_is_verification(error), "a failure to verify");
  if (!contains(error.message(), words)) EXPECT_TEXT(error.message(), words);
  EXPECT(agent.client->statistics().attempts == 1, "one attempt");
  EXPECT(ending.times == 1 && ending.error.kind() == ErrorKind::tls, "the request to fail with it");
  EXPECT(ground.stand_in().counters().connections == 0, "no WebSocket");
}

void an_unknown_ca_stops_with_words(void**) {
  const Certificate other = make_ca("another CA");
  expect_stop({.trusted = &other}, "CA");
}

void a_wrong_host_stops_with_words(void**) {
  const Certificate wrong =
      make_certificate({.name = "other.example", .dns_names = {"other.example"}, .issuer = &the_ca()});
  expect_stop({.certificate = &wrong}, "localhost");
}

void an_expired_certificate_is_tried_again_whatever_the_policy_as_the_clock_may_be_wrong(void**) {
  const Certificate old =
      make_certificate({.dns_names = {"localhost"}, .not_after = "20210101000000", .issuer = &the_ca()});
  UvGround<AgentGate> ground(gate_config(), {.certificate = &old});
  AgentOptions options;
  options.change = [](agent_gate::Config& config) { config.client.fatal_policy = FatalPolicy::stop; };
  Agent agent(ground, options);
  agent.wait(LinkState::waiting);
  const Error error = agent.client->last_error();
  EXPECT(error.layer_code() == tls_certificate_dates && !tls_failure_is_verification(error), "by its code");
  EXPECT(contains(error.message(), "was valid until 2021-01-01 00:00 UTC, and this device's clock says 20"),
         "both clocks");
  agent.wait(LinkState::connecting);
}

void a_self_signed_certificate_stops_with_words(void**) {
  const Certificate own = make_certificate({.dns_names = {"localhost"}});
  expect_stop({.certificate = &own}, "CA");
}

void a_fleet_tries_again_slowly_and_at_once_when_told(void**) {
  const Certificate other = make_ca("another CA");
  UvGround<AgentGate> ground(gate_config(), {.trusted = &other});
  AgentOptions options;
  options.change = [](agent_gate::Config& config) {
    config.client.fatal_retry_interval = std::chrono::milliseconds{400};
    config.client.backoff = {std::chrono::milliseconds{1}, std::chrono::milliseconds{1}, Jitter::none};
  };
  Agent agent(ground, options);
  const ToolEnding& ending = agent.call("read");
  constexpr std::size_t tenth = 19;  // connecting, waiting; connecting, waiting; ...
  EXPECT(ground.run_until([&] { return agent.states.size() == tenth + 3; }), "eleven attempts");
  EXPECT(agent.states[tenth] == LinkState::waiting && agent.states[tenth + 1] == LinkState::connecting,
         "a wait between them");
  EXPECT(agent.times[tenth + 1] - agent.times[tenth] >= std::chrono::milliseconds{300},
         "three quarters of the interval at least, once ten were refused");
  EXPECT(ending.times == 0, "the request to wait");
  EXPECT(ground.tls_clients[0].client.trust(the_ca().pem_bytes()).ok(), "the right CA");
  const Instant told = agent.times[tenth + 2];
  agent.client->retry_now();
  agent.expect_data(ending, R"({"state":21.5})");
  EXPECT(agent.times[tenth + 3] - told < std::chrono::milliseconds{300}, "at once");
}

void a_plain_text_server_is_no_tls_server(void**) {
  UvGround<AgentGate> ground(gate_config(), {.server_tls = false});
  Agent agent(ground);
  agent.wait(LinkState::waiting);
  const Error& error = agent.client->last_error();
  EXPECT(error.kind() == ErrorKind::tls || error.kind() == ErrorKind::connection,
         "a failure of the handshake");
  EXPECT(error.layer() == Layer::tls, "the layer's name");
  EXPECT(!error.message().empty(), "words");
  print_message("wss:// on a plain server: %.*s\n", static_cast<int>(error.message().size()),
                error.message().data());
  EXPECT(!tls_failure_is_verification(error), "not taken for a bad certificate");
}

void a_tls_server_is_no_plain_server(void**) {
  UvGround<AgentGate> ground(gate_config(), {.client_tls = false});
  Agent agent(ground);
  agent.wait(LinkState::waiting);
  const Error& error = agent.client->last_error();
  EXPECT(error.kind() != ErrorKind::none && !error.message().empty(), "an error with words");
  print_message("ws:// on a TLS server: %.*s\n", static_cast<int>(error.message().size()),
                error.message().data());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(reconnects_resume_the_session),
      cmocka_unit_test(a_changed_trust_takes_a_full_handshake),
      cmocka_unit_test(an_unknown_ca_stops_with_words),
      cmocka_unit_test(a_wrong_host_stops_with_words),
      cmocka_unit_test(an_expired_certificate_is_tried_again_whatever_the_policy_as_the_clock_may_be_wrong),
      cmocka_unit_test(a_self_signed_certificate_stops_with_words),
      cmocka_unit_test(a_fleet_tries_again_slowly_and_at_once_when_told),
      cmocka_unit_test(a_plain_text_server_is_no_tls_server),
      cmocka_unit_test(a_tls_server_is_no_plain_server),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
