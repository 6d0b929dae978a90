// Which packets may have been delivered when they end without an answer; answers that cannot be decoded.

#include "btp_fixture.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;
using btp::Dialect;
using btp::MessageType;

namespace {

// An answer of that type and id whose body is cut off.
Bytes broken_answer(btp::MessageType type, std::uint32_t id) {
  const auto byte = [](std::uint32_t value) { return static_cast<std::byte>(value & 0xFFU); };
  return {byte(static_cast<std::uint32_t>(type)),
          byte(id >> 24U),
          byte(id >> 16U),
          byte(id >> 8U),
          byte(id),
          std::byte{9},
          std::byte{1}};
}

void an_answer_that_cannot_be_decoded_ends_its_packet_at_once_and_it_may_have_been_delivered(void**) {
  for (const Dialect dialect : {Dialect::crosstown, Dialect::btp2}) {
    for (const btp::MessageType type : {btp::MessageType::response, btp::MessageType::error}) {
      BtpWorld t(dialect);
      t.connect();
      t.server.on_message_ = [&](const BtpServer::Seen& seen) { t.server.say(broken_answer(type, seen.id)); };
      EXPECT(t.send(t.prepare()).ok() && t.all_ended(1, 1s), "an end at once");
      EXPECT(t.ended[0].error.kind() == ErrorKind::protocol && t.ended[0].error.may_have_run(), "protocol");
      EXPECT(t.client->statistics().protocol_errors == 1, "counted");
      EXPECT(t.client->state() == LinkState::ready && t.server.opened == 1, "the line lives");
    }
  }
}

void what_answers_no_packet_of_ours_is_counted_and_ends_nothing(void**) {
  BtpWorld t;
  t.connect();
  EXPECT(t.send(t.prepare()).ok() && t.arrived(1), "sent");
  const std::uint32_t id = t.server.seen[0].id;
  t.server.say(broken_answer(btp::MessageType::response, id + 1));
  t.server.say(broken_answer(btp::MessageType::message, id));  // of the peer's own ids
  t.server.say({std::byte{1}, std::byte{0}});                  // no id
  t.run(1s);
  EXPECT(t.ended.empty() && t.client->statistics().protocol_errors == 3, "counted");
}

void an_answer_without_a_packet_or_with_a_wrong_one_may_have_been_delivered(void**) {
  BtpWorld t;
  t.connect();
  t.server.on_message_ = [&](const BtpServer::Seen& seen) {
    t.server.say_empty(btp::MessageType::response, seen.id);
  };
  EXPECT(t.send(t.prepare()).ok() && t.all_ended(1, 1s), "an end");
  EXPECT(t.ended[0].error.kind() == ErrorKind::protocol && t.ended[0].error.may_have_run(), "no packet");
  const Hash wrong{};
  t.server.on_message_ = [&](const BtpServer::Seen& seen) {
    t.server.answer(seen.id, ilp::Fulfill{wrong, {}});
  };
  EXPECT(t.send(t.prepare()).ok() && t.all_ended(2, 1s), "an end");
  EXPECT(t.ended[1].error.kind() == ErrorKind::protocol && t.ended[1].error.may_have_run(), "another's");
}

void a_packet_lost_on_the_line_may_have_been_delivered_one_still_queued_not(void**) {
  BtpWorld t;
  sim::NetworkProfile slow;
  slow.buffer_bytes = 1024;
  t.world.set_profile(slow);
  t.connect();
  EXPECT(t.send(t.prepare("test.a", "first")).ok() && t.arrived(1), "at the connector");
  const std::string data(30000, 'x');
  EXPECT(t.send(t.prepare("test.b", data)).ok() && t.send(t.prepare("test.c", "third")).ok(), "sent");
  t.run(5ms);
  t.cut();
  EXPECT(t.all_ended(3, 1s), "all end");
  for (const auto& end : t.ended) EXPECT(end.error.kind() == ErrorKind::connection, "connection");
  EXPECT(t.ended[0].error.may_have_run(), "it had left");
  EXPECT(!t.ended[1].error.may_have_run() && !t.ended[2].error.may_have_run(), "not whole, and not at all");
}

void a_packet_without_an_answer_may_have_been_delivered_however_it_ends(void**) {
  BtpWorld t;
  t.connect();
  EXPECT(t.send(t.prepare(), {2s, Priority::normal}).ok(), "sent");
  const auto second = t.send(t.prepare());
  EXPECT(t.send(t.prepare()).ok() && t.arrived(3), "sent");
  EXPECT(t.client->cancel(*second) && t.all_ended(2), "cancelled, and a timeout");
  t.client->close();
  EXPECT(t.all_ended(3), "closed");
  const ErrorKind kinds[] = {ErrorKind::cancelled, ErrorKind::timeout, ErrorKind::closed};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT(t.ended[i].error.kind() == kinds[i] && t.ended[i].error.may_have_run(), "outcome unknown");
  }
  BtpWorld refused;
  refused.connect();
  refused.server.on_message_ = [&](const BtpServer::Seen& seen) {
    refused.server.say_error(seen.id, "F02", "UnreachableError");
  };
  EXPECT(refused.send(refused.prepare()).ok() && refused.all_ended(1), "an ERROR");
  EXPECT(!refused.ended[0].error.may_have_run(), "is an answer");
}

void a_packet_sent_right_before_a_close_does_not_leave_though_the_peer_closes_too(void**) {
  BtpWorld t;
  t.connect();
  t.server.on_message_ = [&](const BtpServer::Seen& seen) {
    t.server.say_error(seen.id, "F02", "UnreachableError");
    t.server.line->close(1000, "");
  };
  const auto send_and_close = [&t](const btp::PacketOutcome&) noexcept {
    EXPECT(t.client->send_packet(t.prepare(), t.completion()).ok(), "queued");
    t.client->close();
  };
  const std::uint64_t before = t.client->statistics().messages_out;
  EXPECT(t.client->send_packet(t.prepare(), send_and_close).ok() && t.all_ended(1), "closed");
  EXPECT(t.ended[0].error.kind() == ErrorKind::closed && !t.ended[0].error.may_have_run(), "not sent");
  t.world.run_for(1s);
  EXPECT(t.client->statistics().messages_out == before + 1, "the first alone to have left");
}

void a_packet_that_the_peer_finds_too_large_ends_with_too_large(void**) {
  BtpWorld t;
  t.connect();
  t.server.on_message_ = [&](const BtpServer::Seen&) { t.server.line->close(1009, "too big"); };
  EXPECT(t.send(t.prepare()).ok() && t.all_ended(1, 5s), "an end");
  EXPECT(t.ended[0].error.kind() == ErrorKind::too_large && t.ended[0].error.may_have_run(), "sent whole");
}

void at_debug_each_message_is_logged_by_type_id_and_bytes_with_the_peer_id(void**) {
  btp::Config config;
  config.client.log_level = LogLevel::debug;
  BtpWorld t(Dialect::crosstown, std::move(config));
  t.connect();
  EXPECT(t.logged("send: auth MESSAGE, id 1, ") && t.logged("receive: RESPONSE, id 1, 10 bytes"), "auth");
  EXPECT(t.send(t.prepare(), {2s, Priority::normal}).ok() && t.all_ended(1), "a timeout");
  EXPECT(t.logged("send: MESSAGE, id 2, ") && t.logged("timeout: no answer in time, id 2, "), "the packet");
  EXPECT(!t.logged("test.server.bob") && !t.logged("hello"), "no content");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(
          an_answer_that_cannot_be_decoded_ends_its_packet_at_once_and_it_may_have_been_delivered),
      cmocka_unit_test(what_answers_no_packet_of_ours_is_counted_and_ends_nothing),
      cmocka_unit_test(an_answer_without_a_packet_or_with_a_wrong_one_may_have_been_delivered),
      cmocka_unit_test(a_packet_lost_on_the_line_may_have_been_delivered_one_still_queued_not),
      cmocka_unit_test(a_packet_without_an_answer_may_have_been_delivered_however_it_ends),
      cmocka_unit_test(a_packet_sent_right_before_a_close_does_not_leave_though_the_peer_closes_too),
      cmocka_unit_test(a_packet_that_the_peer_finds_too_large_ends_with_too_large),
      cmocka_unit_test(at_debug_each_message_is_logged_by_type_id_and_bytes_with_the_peer_id),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
