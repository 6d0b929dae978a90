// What the BTP client promises about time, losses, refusals and its end.

#include "btp_fixture.hpp"

#include "protocol/btp/ids.hpp"

#include <set>

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;
using btp::Dialect;

namespace {

void not_connected_is_an_error_at_once_and_nothing_is_queued(void**) {
  BtpWorld t;
  EXPECT(t.send(t.prepare()).error().kind() == ErrorKind::connection, "before connect");
  t.connect();
  t.cut();
  EXPECT(!t.client->is_connected() && t.send(t.prepare()).error().kind() == ErrorKind::connection,
         "while the line is down");
  EXPECT(t.until(LinkState::ready), "the line to come back");
  t.run(2s);
  EXPECT(t.server.seen.empty() && t.client->statistics().queued == 0, "nothing was queued");
}

void a_lost_line_fails_every_pending_packet_and_none_is_sent_again(void**) {
  for (const Dialect dialect : {Dialect::crosstown, Dialect::btp2}) {
    BtpWorld t(dialect);
    t.connect();
    for (int i = 0; i < 32; ++i) EXPECT(t.send(t.prepare()).ok(), "sent");
    if (dialect == Dialect::crosstown) EXPECT(t.arrived(32), "all at the connector");
    const std::size_t before = t.server.seen.size();
    const Instant cut = t.world.now();
    t.cut();
    EXPECT(t.all_ended(32, 1s), "all end at once");
    for (const auto& end : t.ended) {
      EXPECT(end.error.kind() == ErrorKind::connection && end.when - cut <= 1s, "as connection errors");
    }
    EXPECT(t.until(LinkState::ready), "the line to come back");
    t.run(5s);
    EXPECT(t.server.seen.size() == before, "and nothing is sent on it");
    EXPECT(t.send(t.prepare()).ok() && t.arrived(before + 1), "the next packet goes out");
  }
}

void the_timeout_is_the_packets_less_500_ms_and_at_least_1_s(void**) {
  const struct {
    Duration expires;
    Duration timeout;
  } table[] = {{30s, 29500ms}, {2s, 1500ms}, {1s, 1s}, {0s, 1s}, {-1h, 1s}};
  for (const auto& row : table) {
    BtpWorld t;
    t.connect();
    auto packet = t.prepare();
    packet.expires_at =
        *t.port.wall_time() + std::chrono::duration_cast<std::chrono::milliseconds>(row.expires);
    const Instant sent = t.world.now();
    EXPECT(t.send(packet).ok() && t.all_ended(1), "the packet to end");
    EXPECT(t.ended[0].error.kind() == ErrorKind::timeout, "as a timeout");
    const Duration waited = t.ended[0].when - sent;
    EXPECT(waited >= row.timeout - 2ms && waited <= row.timeout + 20ms, "when the table says");
  }
}

void a_timeout_of_the_call_goes_before_the_packets(void**) {
  BtpWorld t;
  t.connect();
  const Instant sent = t.world.now();
  EXPECT(t.send(t.prepare(), {200ms, Priority::normal}).ok() && t.all_ended(1), "the packet to end");
  EXPECT(t.ended[0].when - sent <= 220ms, "after its own timeout");
  EXPECT(t.send(t.prepare(), {0ms, Priority::normal}).error().kind() == ErrorKind::config,
         "none is no timeout");
}

void without_a_wall_clock_it_is_10_s(void**) {
  BtpWorld t;
  t.connect();
  const auto packet = t.prepare();
  t.world.set_wall_time(std::nullopt);
  const Instant sent = t.world.now();
  EXPECT(t.send(packet).ok() && t.all_ended(1), "the packet to end");
  const Duration waited = t.ended[0].when - sent;
  EXPECT(waited >= 10s && waited <= 10s + 20ms, "10 s");
}

void a_refusal_uses_up_an_attempt_and_the_last_is_an_authentication_error(void**) {
  for (const Dialect dialect : {Dialect::crosstown, Dialect::btp2}) {
    BtpWorld t(dialect);
    t.server.refuse_auth = "invalid s3cret";
    EXPECT(t.client->connect().ok(), "connect to be accepted");
    EXPECT(t.until(LinkState::closed, 10min), "the client to give up");
    EXPECT(t.server.opened == 6, "the first connection and 5 more");
    EXPECT(t.errors.back().kind() == ErrorKind::authentication, "as authentication");
    for (const auto& error : t.errors)
      EXPECT(error.message().find("s3cret") == std::string_view::npos,
             "without the secret that the peer repeats");
  }
}

void a_close_with_1008_instead_of_an_answer_is_a_refusal_too(void**) {
  BtpWorld t;
  t.server.close_auth = 1008;
  EXPECT(t.client->connect().ok(), "connect to be accepted");
  EXPECT(t.until(LinkState::closed, 10min), "the client to give up");
  EXPECT(t.server.opened == 6, "the first connection and 5 more");
  EXPECT(t.errors.back().kind() == ErrorKind::authentication, "as authentication");
  EXPECT(t.errors.back().layer_code() == 1008, "with the close code");
  for (const auto& error : t.errors) {
    EXPECT(error.kind() == ErrorKind::authentication, "each time, not the last time only");
  }
}

/// How long a client without a connector waits before each of its attempts, until it gives up or so many.
std::vector<Duration> delays_of(BtpWorld& t, std::size_t most) {
  t.connect();
  t.listener.close();
  t.cut();
  LinkState last = t.client->state();
  Instant lost = t.world.now();
  std::vector<Duration> delays;
  (void)t.world.run_until(
      [&] {
        const LinkState now = t.client->state();
        if (now != last && now == LinkState::connecting) delays.push_back(t.world.now() - lost);
        if (now != last && now == LinkState::waiting) lost = t.world.now();
        last = now;
        return now == LinkState::closed || delays.size() >= most;
      },
      10min);
  return delays;
}

void expect_delays(const std::vector<Duration>& delays) {
  for (std::size_t i = 0; i < delays.size(); ++i) {
    const Duration full = std::chrono::seconds{i < 4 ? 1 << i : 16};
    EXPECT(delays[i] >= full / 2 - 20ms && delays[i] <= full + 20ms,
           "between half and all of 2^i s, 16 s at most");
  }
}

void delays_are_1_2_4_8_16_s_jittered_and_5_attempts_in_a_row_are_the_last(void**) {
  BtpWorld t;
  const auto delays = delays_of(t, 100);
  EXPECT(t.client->state() == LinkState::closed && delays.size() == 5, "five attempts, then no more");
  expect_delays(delays);
}

void without_max_retries_it_goes_on_for_ever_every_16_s_at_most(void**) {
  btp::Config config;
  config.client.max_retries.reset();
  BtpWorld t(Dialect::crosstown, std::move(config));
  const auto delays = delays_of(t, 12);
  EXPECT(delays.size() == 12 && t.client->state() != LinkState::closed, "twelve attempts, and more to come");
  expect_delays(delays);
}

void a_silent_line_is_pinged_after_30_s_and_given_up_10_s_later(void**) {
  BtpWorld t;
  t.server.pings_too = false;
  t.connect();
  t.run(95s);
  EXPECT(t.client->is_connected() && t.client->statistics().pings_sent == 3,
         "three pings in 95 s, each answered");
  EXPECT(t.port.cut(sim::Cut::silent), "a line to silence");
  const Instant silent = t.world.now();
  EXPECT(t.world.run_until([&] { return !t.client->is_connected(); }, 1min), "the loss to be noticed");
  const Duration noticed = t.world.now() - silent;
  EXPECT(noticed >= 10s && noticed <= 40s + 100ms, "within the interval and the pong's timeout");
  EXPECT(t.until(LinkState::ready), "and the line to be tried again");
}

void a_peer_that_speaks_another_dialect_is_told_of_at_once(void**) {
  const auto misunderstood = [](BtpServer& server) { server.say_error(0, "F00", "BTPError"); };
  const auto foreign = [](BtpServer& server) {
    server.dialect = Dialect::btp2;
    server.say_error(1, "F00", "NotAcceptedError", "s3cret");
  };
  for (const std::function<void(BtpServer&)>& say :
       {std::function<void(BtpServer&)>(misunderstood), std::function<void(BtpServer&)>(foreign)}) {
    BtpWorld t;
    t.server.answer_auth = false;
    EXPECT(t.client->connect().ok() && t.until(LinkState::authenticating), "the line to be open");
    const Instant open = t.world.now();
    EXPECT(t.world.run_until([&] { return !t.server.first_messages.empty(); }, 1s), "the authentication");
    say(t.server);
    EXPECT(t.until(LinkState::waiting), "the attempt to be given up");
    EXPECT(t.world.now() - open < 1s, "without waiting for more");
    EXPECT(t.errors.back().kind() == ErrorKind::protocol, "as a protocol error");
    EXPECT(t.errors.back().message().find("does not speak this dialect") != std::string_view::npos,
           "that says what to look at");
  }
}

void a_packet_that_cannot_be_encoded_is_refused_by_the_name_of_its_field(void**) {
  BtpWorld t;
  t.connect();
  const Bytes short_hash(31), long_hash(33);
  auto packet = t.prepare();
  for (const Bytes& condition : {short_hash, long_hash}) {
    packet.condition = condition;
    const auto refused = t.send(packet);
    EXPECT(refused.error().kind() == ErrorKind::config, "config");
    EXPECT(refused.error().message().find("condition") != std::string_view::npos, "the condition by name");
  }
  const std::string long_address(1024, 'a');
  for (const std::string_view destination :
       {std::string_view{}, std::string_view(long_address), std::string_view("a..b")}) {
    packet = t.prepare(destination);
    EXPECT(t.send(packet).error().kind() == ErrorKind::config, "a bad address");
  }
  EXPECT(t.send(t.prepare()).ok() && t.arrived(1), "a good one goes out");
}

void close_completes_what_is_pending_and_ends_with_1000(void**) {
  BtpWorld t;
  t.connect();
  EXPECT(t.send(t.prepare()).ok() && t.arrived(1), "sent");
  t.client->close();
  EXPECT(t.send(t.prepare()).error().kind() == ErrorKind::closed, "nothing more is taken");
  EXPECT(t.all_ended(1) && t.ended[0].error.kind() == ErrorKind::closed, "as closed");
  EXPECT(t.until(LinkState::closed), "closed");
  t.run(1s);
  EXPECT(t.server.closed == std::vector<std::int32_t>{1000}, "the connector is told so with 1000");
}

void a_peer_id_that_cannot_be_used_is_told_by_connect(void**) {
  const std::string long_id(btp::peer_id_bytes_max + 1, 'x');
  for (const std::string_view id :
       {std::string_view{}, std::string_view(long_id), std::string_view("\xff")}) {
    btp::Config config;
    config.peer_id = id;
    BtpWorld t(Dialect::crosstown, std::move(config));
    const auto connected = t.client->connect();
    EXPECT(connected.error().kind() == ErrorKind::config, "config");
    EXPECT(connected.error().message().find("peer id") != std::string_view::npos, "the peer id by name");
  }
}

void without_a_credentials_hook_connect_says_so(void**) {
  sim::World world{1};
  sim::Port port{world};
  std::vector<std::byte> storage(btp::storage_bytes(Limits::tiny()));
  btp::Config config;
  config.client.url = "ws://connector/";
  btp::Client client(port, std::move(config), Limits::tiny(), storage);
  const auto connected = client.connect();
  EXPECT(connected.error().kind() == ErrorKind::config, "config");
  EXPECT(connected.error().message().find("credentials") != std::string_view::npos, "by its name");
}

void a_secret_that_is_not_text_fails_the_attempt_by_name(void**) {
  for (const btp::Dialect dialect : {btp::Dialect::crosstown, btp::Dialect::btp2}) {
    BtpWorld t(dialect);
    t.secret = "\xff\xfe";
    EXPECT(t.client->connect().ok() && t.until(LinkState::waiting), "a failed attempt");
    EXPECT(t.errors.back().kind() == ErrorKind::authentication, "authentication");
    EXPECT_TEXT(t.errors.back().message(), "the credential is not UTF-8");
    EXPECT(t.server.first_messages.empty(), "nothing sent");
  }
}

void a_secret_that_has_no_room_fails_the_attempt_by_name(void**) {
  Limits limits = Limits::small();
  limits.reserved_bytes = 256;
  BtpWorld t(btp::Dialect::crosstown, {}, limits);
  t.secret.assign(limits.credential_bytes_max, '\x01');  // JSON takes six bytes for each
  EXPECT(t.client->connect().ok() && t.until(LinkState::waiting), "a failed attempt");
  EXPECT(t.errors.back().kind() == ErrorKind::config, "a configuration to be changed");
  EXPECT_TEXT(t.errors.back().message(), "the message that shows the credential does not fit reserved_bytes");
  EXPECT(t.server.first_messages.empty(), "nothing sent");
}

void ids_wrap_past_the_last_skip_0_and_those_still_pending(void**) {
  btp::Ids ids(0xFFFFFFFE);
  const std::set<std::uint32_t> pending = {0xFFFFFFFF, 2};
  const auto taken = [&](std::uint32_t id) noexcept { return pending.count(id) != 0; };
  for (const std::uint32_t expected : {0xFFFFFFFEU, 1U, 3U})
    EXPECT(ids.take(taken) == expected, "the next free one");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(not_connected_is_an_error_at_once_and_nothing_is_queued),
      cmocka_unit_test(a_lost_line_fails_every_pending_packet_and_none_is_sent_again),
      cmocka_unit_test(the_timeout_is_the_packets_less_500_ms_and_at_least_1_s),
      cmocka_unit_test(a_timeout_of_the_call_goes_before_the_packets),
      cmocka_unit_test(without_a_wall_clock_it_is_10_s),
      cmocka_unit_test(a_refusal_uses_up_an_attempt_and_the_last_is_an_authentication_error),
      cmocka_unit_test(a_close_with_1008_instead_of_an_answer_is_a_refusal_too),
      cmocka_unit_test(delays_are_1_2_4_8_16_s_jittered_and_5_attempts_in_a_row_are_the_last),
      cmocka_unit_test(without_max_retries_it_goes_on_for_ever_every_16_s_at_most),
      cmocka_unit_test(a_silent_line_is_pinged_after_30_s_and_given_up_10_s_later),
      cmocka_unit_test(a_peer_that_speaks_another_dialect_is_told_of_at_once),
      cmocka_unit_test(a_packet_that_cannot_be_encoded_is_refused_by_the_name_of_its_field),
      cmocka_unit_test(close_completes_what_is_pending_and_ends_with_1000),
      cmocka_unit_test(a_peer_id_that_cannot_be_used_is_told_by_connect),
      cmocka_unit_test(without_a_credentials_hook_connect_says_so),
      cmocka_unit_test(a_secret_that_is_not_text_fails_the_attempt_by_name),
      cmocka_unit_test(a_secret_that_has_no_room_fails_the_attempt_by_name),
      cmocka_unit_test(ids_wrap_past_the_last_skip_0_and_those_still_pending),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
