// What the BTP client promises about time, losses and refusals, and about packets that the peer sends.

#include "btp_fixture.hpp"

#include "protocol/btp/ids.hpp"

#include <set>

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;
using btp::Dialect;
using btp::MessageType;

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
}

void delays_are_1_2_4_8_16_s_jittered_and_5_attempts_in_a_row_are_the_last(void**) {
  BtpWorld t;
  t.connect();
  t.listener.close();
  t.cut();
  std::vector<Instant> attempts;
  LinkState last = t.client->state();
  Instant lost = t.world.now();
  std::vector<Duration> delays;
  (void)t.world.run_until(
      [&] {
        const LinkState now = t.client->state();
        if (now != last && now == LinkState::connecting) delays.push_back(t.world.now() - lost);
        if (now != last && now == LinkState::waiting) lost = t.world.now();
        last = now;
        return now == LinkState::closed;
      },
      5min);
  EXPECT(t.client->state() == LinkState::closed && delays.size() == 5, "five attempts, then no more");
  for (std::size_t i = 0; i < delays.size(); ++i) {
    const Duration full = std::chrono::seconds{1 << i};
    EXPECT(delays[i] >= full / 2 - 20ms && delays[i] <= full + 20ms, "between half and all of 2^i s");
  }
}

void a_packet_of_the_peer_is_answered_by_the_handler(void**) {
  for (const Dialect dialect : {Dialect::crosstown, Dialect::btp2}) {
    BtpWorld* world = nullptr;
    btp::Config config;
    config.on_packet = [&world](const btp::IncomingPacket& packet) noexcept {
      const Bytes data = bytes_of("pong");
      EXPECT(packet.prepare.destination == "test.agent", "as the peer sent it");
      EXPECT(world->client->answer(packet.id, ilp::Fulfill{world->fulfillment, data}).ok(), "answered");
    };
    BtpWorld t(dialect, std::move(config));
    world = &t;
    t.connect();
    t.server.say_packet(MessageType::message, 0xDEADBEEF, t.prepare("test.agent"));
    EXPECT(t.arrived(1), "the answer");
    EXPECT(t.server.seen[0].type == MessageType::response && t.server.seen[0].id == 0xDEADBEEF, "of that id");
    const auto packet = btp::decode_packet(dialect, t.server.seen[0].packet);
    EXPECT(packet.ok() && text_of(std::get<ilp::Fulfill>(*packet).data) == "pong", "the FULFILL");
  }
}

void a_packet_of_the_peer_may_be_answered_later_but_not_on_another_line(void**) {
  std::vector<btp::IncomingPacket::Id> waiting;
  btp::Config config;
  config.on_packet = [&waiting](const btp::IncomingPacket& packet) noexcept { waiting.push_back(packet.id); };
  BtpWorld t(Dialect::crosstown, std::move(config));
  t.connect();
  for (const std::uint32_t id : {7U, 8U})
    t.server.say_packet(MessageType::message, id, t.prepare("test.agent"));
  t.run(1s);
  EXPECT(waiting.size() == 2, "both told of");
  const ilp::Reject reject{"T00", "test.agent", "busy", {}};
  EXPECT(t.client->answer(waiting[0], reject).ok() && t.arrived(1), "one is answered later");
  t.cut();
  EXPECT(t.client->answer(waiting[1], reject).error().kind() == ErrorKind::connection, "its line is gone");
  EXPECT(t.until(LinkState::ready), "the line to come back");
  EXPECT(t.client->answer(waiting[1], reject).error().kind() == ErrorKind::connection,
         "and another one came");
  t.run(1s);
  EXPECT(t.server.seen.size() == 1, "nothing is sent on it");
}

void an_answer_that_waits_when_the_line_is_lost_is_not_sent_on_the_next(void**) {
  BtpWorld* world = nullptr;
  btp::Config config;
  config.on_packet = [&world](const btp::IncomingPacket& packet) noexcept {
    EXPECT(world->client->answer(packet.id, ilp::Reject{"F99", {}, {}, {}}).ok(), "queued");
    EXPECT(world->port.cut(sim::Cut::reset), "a line to cut");
  };
  BtpWorld t(Dialect::crosstown, std::move(config));
  world = &t;
  t.connect();
  t.server.say_packet(MessageType::message, 7, t.prepare("test.agent"));
  EXPECT(t.world.run_until([&] { return !t.client->is_connected(); }, 1min), "the loss to be noticed");
  EXPECT(t.until(LinkState::ready), "the line to come back");
  t.run(2s);
  EXPECT(t.server.seen.empty(), "nothing of the old line");
}

void after_close_from_the_handler_it_hears_of_no_more_packets(void**) {
  BtpWorld* world = nullptr;
  int told = 0;
  btp::Config config;
  config.on_packet = [&](const btp::IncomingPacket& packet) noexcept {
    ++told;
    world->client->close();
    EXPECT(
        world->client->answer(packet.id, ilp::Reject{"F99", {}, {}, {}}).error().kind() == ErrorKind::closed,
        "nothing can be answered any more");
  };
  BtpWorld t(Dialect::crosstown, std::move(config));
  world = &t;
  t.connect();
  // In one turn, so that all of them are read at once.
  for (const std::uint32_t id : {7U, 8U, 9U}) {
    t.server.say_packet(MessageType::message, id, t.prepare("test.agent"));
  }
  EXPECT(t.until(LinkState::closed), "closed");
  EXPECT(told == 1, "the packet that came first only");
}

void without_a_handler_packets_are_rejected_with_f02(void**) {
  for (const Dialect dialect : {Dialect::crosstown, Dialect::btp2}) {
    BtpWorld t(dialect);
    t.connect();
    t.server.say_packet(MessageType::message, 5, t.prepare("test.agent"));
    EXPECT(t.arrived(1) && t.server.seen[0].id == 5, "the answer");
    const auto packet = btp::decode_packet(dialect, t.server.seen[0].packet);
    EXPECT(packet.ok() && std::get<ilp::Reject>(*packet).code == "F02", "REJECT F02");
  }
}

void a_message_without_a_prepare_is_answered_with_an_error(void**) {
  BtpWorld t;
  t.connect();
  t.server.say_empty(MessageType::message, 5);
  t.server.say_packet(MessageType::message, 6, ilp::Reject{"F02", {}, {}, {}});
  EXPECT(t.arrived(2), "both are answered");
  for (const auto& seen : t.server.seen) EXPECT(seen.type == MessageType::error, "with an ERROR");
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
      cmocka_unit_test(a_packet_of_the_peer_is_answered_by_the_handler),
      cmocka_unit_test(a_packet_of_the_peer_may_be_answered_later_but_not_on_another_line),
      cmocka_unit_test(an_answer_that_waits_when_the_line_is_lost_is_not_sent_on_the_next),
      cmocka_unit_test(after_close_from_the_handler_it_hears_of_no_more_packets),
      cmocka_unit_test(without_a_handler_packets_are_rejected_with_f02),
      cmocka_unit_test(a_message_without_a_prepare_is_answered_with_an_error),
      cmocka_unit_test(a_packet_that_cannot_be_encoded_is_refused_by_the_name_of_its_field),
      cmocka_unit_test(close_completes_what_is_pending_and_ends_with_1000),
      cmocka_unit_test(a_peer_id_that_cannot_be_used_is_told_by_connect),
      cmocka_unit_test(ids_wrap_past_the_last_skip_0_and_those_still_pending),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
