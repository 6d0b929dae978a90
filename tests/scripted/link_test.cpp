// The link's promises over a simulated network, against kedge's own server side and scripted peers.

#include "link_fixture.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

void a_message_comes_back_from_an_echo(void**) {
  LinkWorld t;
  t.serve();
  EXPECT(t.connect_and_wait(), "the link to be ready");
  EXPECT(t.push("hello").ok(), "room for one message");
  t.world.run_for(1s);
  EXPECT(t.protocol.messages.size() == 1, "one echo");
  EXPECT_TEXT(t.protocol.messages[0], "hello");
}

void states_are_told_in_order_and_never_inside_the_call(void**) {
  LinkWorld t;
  t.serve();
  EXPECT(t.link->connect().ok(), "connect to be accepted");
  EXPECT(t.states.empty(), "no state change inside connect()");
  EXPECT(t.run_until_state(LinkState::ready), "the link to be ready");
  t.link->close();
  EXPECT(t.states.size() == 3, "connecting, authenticating, ready and nothing inside close()");
  EXPECT(t.run_until_state(LinkState::closed), "the link to be closed");
  const std::vector<LinkState> expected = {LinkState::connecting, LinkState::authenticating, LinkState::ready,
                                           LinkState::closing, LinkState::closed};
  EXPECT(t.states == expected, "connecting, authenticating, ready, closing, closed");
  EXPECT(t.protocol.stopped.size() == 1 && t.protocol.stopped[0].kind() == ErrorKind::closed,
         "one stop with kind closed");
  t.world.run_for(1s);
  EXPECT(t.service.closed == 1, "the server to see one close");
}

void connect_on_a_started_link_does_nothing_and_says_so_and_on_a_closed_one_is_an_error(void**) {
  LinkWorld t;
  t.serve();
  EXPECT(*t.link->connect() == true, "the first connect to start");
  EXPECT(*t.link->connect() == false, "the second connect to say that it did nothing");
  EXPECT(t.run_until_state(LinkState::ready), "ready");
  EXPECT(*t.link->connect() == false, "a connect while ready to say that it did nothing");
  t.link->close();
  EXPECT(t.link->connect().error().kind() == ErrorKind::closed, "closed by name");
  EXPECT(t.run_until_state(LinkState::closed), "closed");
  EXPECT(t.link->connect().error().kind() == ErrorKind::closed, "closed by name");
}

void messages_queued_while_the_line_is_down_go_out_in_order_after_ready(void**) {
  LinkWorld t;
  t.serve();
  for (int i = 0; i < 10; ++i)
    EXPECT(t.push(std::to_string(i)).ok(), "room in the ring before the first connection");
  EXPECT(t.connect_and_wait(), "ready");
  t.world.run_for(1s);
  EXPECT(t.service.received.size() == 10, "ten messages at the server");
  for (int i = 0; i < 10; ++i)
    EXPECT_TEXT(t.service.received[static_cast<std::size_t>(i)], std::to_string(i));
}

void a_cut_line_is_reconnected_and_unsent_messages_arrive_once(void**) {
  LinkWorld t;
  t.serve();
  EXPECT(t.connect_and_wait(), "ready");
  t.world.cut_all(sim::Cut::reset);
  EXPECT(t.push("after the cut").ok(), "room");
  EXPECT(t.run_until_state(LinkState::waiting), "the loss to be noticed");
  EXPECT(t.run_until_state(LinkState::ready), "ready again");
  t.world.run_for(1s);
  EXPECT(t.protocol.lost.size() == 1, "one loss told to the protocol");
  EXPECT(t.service.received.size() == 1, "the message once");
}

void a_server_that_accepts_and_closes_is_not_stormed_for_an_hour(void**) {
  ClientConfig config;
  LinkWorld t(std::move(config));
  t.serve();
  t.service.open = [](server::Connection& connection) { connection.close(1000, "go away"); };
  EXPECT(t.link->connect().ok(), "started");
  t.world.run_for(1h);
  // Equal jitter: the delay before attempt n lies in d/2..d of d = 1, 2, 4, 8, 16, 30, 30, ... s. As each
  // ready lasts far less than stable_after, the exponent never starts again.
  double shortest = 0;
  double longest = 0;
  std::uint64_t most = 1;
  std::uint64_t least = 1;
  for (double d = 1; shortest < 3600; d = std::min(30.0, d * 2), ++most) shortest += d / 2;
  for (double d = 1; longest < 3600; d = std::min(30.0, d * 2), ++least) longest += d + 0.2;
  const std::uint64_t attempts = t.link->statistics().attempts;
  print_message("attempts in an hour: %llu, bounds %llu to %llu\n", static_cast<unsigned long long>(attempts),
                static_cast<unsigned long long>(least - 1), static_cast<unsigned long long>(most));
  EXPECT(attempts + 1 >= least && attempts <= most, "the attempts to lie within the backoff's bounds");
}

void retry_after_of_a_503_is_a_floor(void**) {
  LinkWorld t;
  t.serve();
  t.service.admission = {.status = 503, .retry_after = std::chrono::seconds{7}};
  EXPECT(t.link->connect().ok(), "started");
  EXPECT(t.run_until_state(LinkState::waiting), "refused");
  const Instant refused = t.world.now();
  EXPECT(t.link->last_error().layer_code() == 503, "the status in the error");
  EXPECT(t.link->last_error().retry_after() == 7s, "Retry-After in the error");
  EXPECT(t.run_until_state(LinkState::connecting), "another attempt");
  EXPECT(t.world.now() - refused >= 7s, "at least the seconds that the server named");
}

void max_retries_counts_reconnects_without_a_ready_and_not_the_first_connection(void**) {
  ClientConfig config;
  config.max_retries = 3;
  LinkWorld t(std::move(config));
  EXPECT(t.link->connect().ok(), "started, though nobody listens");
  EXPECT(t.run_until_state(LinkState::closed, 10min), "to give up");
  EXPECT(t.link->statistics().attempts == 4, "the first connection and three retries");
  EXPECT(t.protocol.stopped.size() == 1, "one stop");
  EXPECT(t.protocol.stopped[0].kind() == ErrorKind::connection, "kind connection");
  EXPECT(t.protocol.stopped[0].message().starts_with("Connection lost"), "Connection lost");
}

void max_retries_zero_never_reconnects(void**) {
  ClientConfig config;
  config.max_retries = 0;
  LinkWorld t(std::move(config));
  t.serve();
  EXPECT(t.connect_and_wait(), "ready");
  t.world.cut_all(sim::Cut::reset);
  EXPECT(t.run_until_state(LinkState::closed), "the end");
  EXPECT(t.link->statistics().attempts == 1, "one attempt");
}

void a_fatal_failure_stops_or_retries_slowly_as_the_policy_says(void**) {
  ClientConfig stop;
  stop.fatal_policy = FatalPolicy::stop;
  LinkWorld s(std::move(stop));
  s.serve();
  s.service.admission.status = 401;
  EXPECT(s.link->connect().ok(), "started");
  EXPECT(s.run_until_state(LinkState::closed), "a stop");
  EXPECT(s.protocol.stopped.at(0).kind() == ErrorKind::authentication, "with the failure's kind");

  LinkWorld r;
  r.serve();
  r.service.admission.status = 401;
  EXPECT(r.link->connect().ok(), "started");
  r.world.run_for(61min);
  const std::uint64_t attempts = r.link->statistics().attempts;
  EXPECT(attempts >= 13 && attempts <= 15,
         "ten at the cap, then one every 15 minutes, jittered by a quarter");
  r.service.admission.status = 101;
  r.link->retry_now();
  EXPECT(r.run_until_state(LinkState::ready, 5s), "ready at once when told that credentials changed");
}

void credentials_that_change_while_the_old_ones_are_being_refused_do_not_wait_for_the_cap(void**) {
  ClientConfig config;
  std::string token = "old";
  int asked = 0;
  config.credentials = [&](Secret& secret) noexcept {
    ++asked;
    return secret.assign(token);
  };
  LinkWorld t(std::move(config));
  t.serve();
  t.service.admission.status = 401;
  EXPECT(t.link->connect().ok(), "started");
  EXPECT(t.world.run_until([&] { return asked == 1; }, 5s), "the old one to be on its way");
  EXPECT(t.link->state() == LinkState::connecting, "not yet refused");
  token = "new";
  t.link->retry_now();
  EXPECT(t.run_until_state(LinkState::waiting, 5s), "refused");
  t.service.admission.status = 101;
  EXPECT(t.run_until_state(LinkState::ready, 5s), "the new one to be tried after an ordinary delay");
}

void a_handler_that_is_told_of_an_attempt_may_ask_for_another_soon(void**) {
  LinkWorld t;
  t.serve();
  t.service.admission.status = 401;
  t.on_state = [&](LinkState state) {
    if (state == LinkState::connecting && t.link->statistics().attempts == 1) t.link->retry_now();
  };
  EXPECT(t.link->connect().ok(), "started");
  EXPECT(t.run_until_state(LinkState::waiting, 5s), "refused");
  t.service.admission.status = 101;
  EXPECT(t.run_until_state(LinkState::ready, 5s), "the next attempt after an ordinary delay");
}

void the_second_address_is_tried_when_the_first_refuses(void**) {
  LinkWorld t;
  t.serve();
  const Address two[] = {sim::ipv4(10, 0, 0, 9), sim::ipv4(10, 0, 0, 1)};
  t.world.set_name("gateway", two);
  EXPECT(t.connect_and_wait(5s), "ready by the second address");
  EXPECT(t.link->statistics().attempts == 1, "within one attempt");
}

void each_address_has_a_deadline_of_its_own(void**) {
  LinkWorld t;
  t.serve();
  const Address two[] = {sim::ipv4(10, 0, 0, 9), sim::ipv4(10, 0, 0, 1)};
  t.world.set_name("gateway", two);
  sim::PeerHost silent(t.world);
  sim::NetworkProfile profile;
  profile.no_answer_permille = 1000;
  silent.set_profile(profile);
  EXPECT(silent.listen(sim::ipv4(10, 0, 0, 9, 80)).ok(), "the silent host to be there");
  EXPECT(t.connect_and_wait(15s), "ready by the second address after the first one's 10 s");
}

void a_name_that_fails_and_a_lookup_that_never_answers_are_retried(void**) {
  LinkWorld t;
  t.world.set_name_failure("gateway");
  EXPECT(t.link->connect().ok(), "started");
  EXPECT(t.run_until_state(LinkState::waiting), "a failed attempt");
  EXPECT(t.link->last_error().layer() == Layer::resolver, "the resolver's error");
  t.world.set_name_silent("gateway");
  EXPECT(t.run_until_state(LinkState::connecting), "another attempt");
  EXPECT(t.run_until_state(LinkState::waiting), "a deadline for it");
  EXPECT(t.link->last_error().kind() == ErrorKind::timeout, "timeout by name");
}

void close_is_bounded_in_every_stage(void**) {
  // While resolving, connecting, upgrading, waiting, and ready with a peer that never answers the close.
  for (int stage = 0; stage < 5; ++stage) {
    LinkWorld t;
    sim::PeerHost mute(t.world);
    if (stage == 0) t.world.set_name_silent("gateway");
    if (stage == 1 || stage == 2) {
      sim::NetworkProfile profile;
      if (stage == 1) profile.no_answer_permille = 1000;
      mute.set_profile(profile);
      EXPECT(mute.listen(sim::ipv4(10, 0, 0, 1, 80)).ok(), "listening");
    }
    if (stage == 4) {
      t.serve();
      EXPECT(t.connect_and_wait(), "ready");
      t.world.cut_all(sim::Cut::silent);
    } else {
      EXPECT(t.link->connect().ok(), "started");
      t.world.run_for(stage == 3 ? 400ms : 100ms);
    }
    t.link->close();
    const Instant asked = t.world.now();
    EXPECT(t.run_until_state(LinkState::closed, 1min), "closed in the end");
    EXPECT(t.world.now() - asked <= 5s + 10ms, "closed within close_timeout");
    EXPECT(t.protocol.stopped.size() == 1, "one stop");
    EXPECT(t.port.idle() || stage == 4, "nothing left open");
  }
}

void a_dead_peer_is_noticed_within_interval_and_timeout(void**) {
  LinkWorld t;
  t.serve();
  EXPECT(t.connect_and_wait(), "ready");
  t.world.cut_all(sim::Cut::silent);
  const Instant cut = t.world.now();
  EXPECT(t.run_until_state(LinkState::waiting, 2min), "the loss to be noticed");
  EXPECT(t.world.now() - cut <= 40s + 10ms, "30 s of silence and 10 s for the pong");
}

void an_idle_link_wakes_only_for_its_keepalive(void**) {
  ClientConfig config;
  LinkWorld t(std::move(config));
  ServerSetup quiet = small_server();
  quiet.service.keepalive.interval = Duration::zero();
  t.serve(quiet);
  EXPECT(t.connect_and_wait(), "ready");
  t.world.run_for(1min);
  const auto before = t.port.calls().timer_wakes();
  t.world.run_for(1h);
  const auto wakes = t.port.calls().timer_wakes() - before;
  print_message("timer wakes in an idle hour: %llu\n", static_cast<unsigned long long>(wakes));
  EXPECT(wakes <= 2 * 120 + 2, "two wakes for each 30 s at most: the ping, and the look after its answer");
  EXPECT(t.link->statistics().pings_sent >= 119, "a ping every 30 s");
}

void authentication_has_a_deadline(void**) {
  LinkWorld t;
  t.serve();
  t.protocol.ready_at_open = false;
  EXPECT(t.link->connect().ok(), "started");
  EXPECT(t.run_until_state(LinkState::authenticating), "open");
  const Instant open = t.world.now();
  EXPECT(t.run_until_state(LinkState::waiting), "the attempt to be over");
  EXPECT(t.world.now() - open <= 10s + 100ms, "within authentication_timeout and a handshake of the close");
  EXPECT(t.link->last_error().kind() == ErrorKind::timeout, "timeout by name");
}

void only_reserved_messages_go_out_before_ready(void**) {
  LinkWorld t;
  t.serve();
  t.protocol.ready_at_open = false;
  EXPECT(t.push("user").ok(), "room");
  EXPECT(t.link->connect().ok(), "started");
  EXPECT(t.run_until_state(LinkState::authenticating), "open");
  EXPECT(t.push("auth", {.reserved = true}).ok(), "reserved room");
  t.world.run_for(1s);
  EXPECT(t.service.received.size() == 1, "only the reserved one");
  EXPECT_TEXT(t.service.received[0], "auth");
  t.link->authenticated();
  t.world.run_for(1s);
  EXPECT(t.service.received.size() == 2, "the user's after ready");
}

void configuration_errors_name_what_is_wrong(void**) {
  ClientConfig wss;
  wss.url = "wss://gateway/";
  LinkWorld t(std::move(wss));
  EXPECT(t.link->connect().error().kind() == ErrorKind::config, "wss without TLS to be refused");
  ClientConfig http;
  http.url = "http://gateway/";
  LinkWorld u(std::move(http));
  EXPECT(u.link->connect().error().kind() == ErrorKind::config, "another scheme to be refused");
  const std::string long_url = "ws://gateway/" + std::string(600, 'x');
  ClientConfig too_long;
  too_long.url = long_url;
  LinkWorld v(std::move(too_long));
  EXPECT(v.link->connect().error().kind() == ErrorKind::config, "too long a URL to be refused");
}

void a_connect_that_is_refused_for_its_configuration_is_the_last_error(void**) {
  for (const char* url : {"http://gateway/", "ws://", "wss://gateway/", "nonsense"}) {
    ClientConfig config;
    config.url = url;
    LinkWorld t(std::move(config));
    EXPECT(!t.link->last_error(), "nothing asked, nothing refused");
    const Error refused = t.link->connect().error();
    EXPECT(refused.kind() == ErrorKind::config, url);
    EXPECT(t.link->last_error().kind() == ErrorKind::config, "the same, remembered");
    EXPECT_TEXT(std::string(t.link->last_error().message()), std::string(refused.message()));
  }
}

void a_wrong_configuration_starts_nothing_and_a_doubtful_one_is_warned_of(void**) {
  ClientConfig wrong;
  wrong.backoff.base = Duration::zero();
  LinkWorld t(std::move(wrong));
  EXPECT(t.link->connect().error().message().starts_with("ClientConfig::backoff.base"), "by name");
  t.world.run_for(1min);
  EXPECT(t.link->statistics().attempts == 0 && t.link->state() == LinkState::idle, "no attempt at all");

  int warnings = 0;
  ClientConfig doubtful;
  doubtful.backoff = {1ms, 99ms, Jitter::none};
  doubtful.log = [&warnings](const LogRecord& record) noexcept {
    if (record.event == "config" && record.level == LogLevel::warning) ++warnings;
  };
  LinkWorld u(std::move(doubtful));
  u.serve();
  EXPECT(u.connect_and_wait() && warnings == 1, "one warning, and on it goes");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_message_comes_back_from_an_echo),
      cmocka_unit_test(states_are_told_in_order_and_never_inside_the_call),
      cmocka_unit_test(connect_on_a_started_link_does_nothing_and_says_so_and_on_a_closed_one_is_an_error),
      cmocka_unit_test(messages_queued_while_the_line_is_down_go_out_in_order_after_ready),
      cmocka_unit_test(a_cut_line_is_reconnected_and_unsent_messages_arrive_once),
      cmocka_unit_test(a_server_that_accepts_and_closes_is_not_stormed_for_an_hour),
      cmocka_unit_test(retry_after_of_a_503_is_a_floor),
      cmocka_unit_test(max_retries_counts_reconnects_without_a_ready_and_not_the_first_connection),
      cmocka_unit_test(max_retries_zero_never_reconnects),
      cmocka_unit_test(a_fatal_failure_stops_or_retries_slowly_as_the_policy_says),
      cmocka_unit_test(credentials_that_change_while_the_old_ones_are_being_refused_do_not_wait_for_the_cap),
      cmocka_unit_test(a_connect_that_is_refused_for_its_configuration_is_the_last_error),
      cmocka_unit_test(a_wrong_configuration_starts_nothing_and_a_doubtful_one_is_warned_of),
      cmocka_unit_test(a_handler_that_is_told_of_an_attempt_may_ask_for_another_soon),
      cmocka_unit_test(the_second_address_is_tried_when_the_first_refuses),
      cmocka_unit_test(each_address_has_a_deadline_of_its_own),
      cmocka_unit_test(a_name_that_fails_and_a_lookup_that_never_answers_are_retried),
      cmocka_unit_test(close_is_bounded_in_every_stage),
      cmocka_unit_test(a_dead_peer_is_noticed_within_interval_and_timeout),
      cmocka_unit_test(an_idle_link_wakes_only_for_its_keepalive),
      cmocka_unit_test(authentication_has_a_deadline),
      cmocka_unit_test(only_reserved_messages_go_out_before_ready),
      cmocka_unit_test(configuration_errors_name_what_is_wrong),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
