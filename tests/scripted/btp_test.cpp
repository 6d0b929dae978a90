// What the BTP client promises on a line that holds (btp/README.md, "What the client promises").

#include "btp_fixture.hpp"
#include "support/btp_ids.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;
using btp::Dialect;
using btp::MessageType;

namespace {

constexpr Dialect both[] = {Dialect::crosstown, Dialect::btp2};

std::string hex(const Bytes& bytes) {
  std::string text;
  for (const std::byte byte : bytes) {
    for (const unsigned digit : {static_cast<unsigned>(byte) >> 4U, static_cast<unsigned>(byte) & 15U})
      text += "0123456789abcdef"[digit];
  }
  return text;
}

void authentication_is_the_first_message_with_id_1_and_the_peer_id_agent_runtime(void**) {
  BtpWorld t;
  t.connect();
  EXPECT(t.server.first_messages.size() == 1, "one first message");
  EXPECT_TEXT(
      hex(t.server.first_messages[0]),
      "060000000101046175746800000000002c7b22706565724964223a226167656e742d72756e74696d65222c2273656372"
      "6574223a22733363726574227d00000000");
}

void btp2_authenticates_with_user_name_and_token(void**) {
  btp::Config config;
  config.peer_id = "alice";
  BtpWorld t(Dialect::btp2, std::move(config));
  t.secret = "shh";
  t.connect();
  EXPECT_TEXT(
      hex(t.server.first_messages[0]),
      "06000000012e0103046175746800000d617574685f757365726e616d650105616c6963650a617574685f746f6b656e01"
      "03736868");
}

void nothing_is_sent_before_authentication_is_answered_and_5_s_are_waited_for_that(void**) {
  BtpWorld t;
  t.server.answer_auth = false;
  EXPECT(t.client->connect().ok(), "connect to be accepted");
  EXPECT(t.until(LinkState::authenticating), "the line to be open");
  const Instant open = t.world.now();
  EXPECT(t.send(t.prepare()).error().kind() == ErrorKind::connection, "not connected until accepted");
  EXPECT(t.until(LinkState::waiting), "the attempt to be given up");
  EXPECT(t.world.now() - open >= 5s && t.world.now() - open < 5s + 200ms, "after 5 s");
  EXPECT(t.errors.back().kind() == ErrorKind::timeout, "as a timeout");
  EXPECT(t.server.first_messages.size() == 1 && t.server.seen.empty(), "nothing but the authentication came");
}

void a_fulfill_is_a_value(void**) {
  for (const Dialect dialect : both) {
    BtpWorld t(dialect);
    t.server.on_message_ = [&](const BtpServer::Seen& seen) {
      const auto data = bytes_of("ok");
      t.server.answer(seen.id, ilp::Fulfill{t.fulfillment, data});
    };
    t.connect();
    const auto handle = t.send(t.prepare());
    EXPECT(handle.ok() && t.all_ended(1), "the packet to end");
    EXPECT(t.ended[0].handle == *handle && !t.ended[0].error, "its own handle and no error");
    EXPECT_TEXT(t.ended[0].fulfillment, text_of(t.fulfillment));
    EXPECT_TEXT(t.ended[0].data, "ok");
    const auto packet = btp::decode_packet(dialect, t.server.seen[0].packet);
    EXPECT(packet.ok() && std::get_if<ilp::Prepare>(&*packet) != nullptr, "a PREPARE at the connector");
    const auto& prepare = std::get<ilp::Prepare>(*packet);
    EXPECT(prepare.amount == 107 && prepare.destination == "test.server.bob", "as it was asked for");
    EXPECT_TEXT(text_of(prepare.data), "hello");
  }
}

void a_reject_is_a_result_and_no_error(void**) {
  for (const Dialect dialect : both) {
    BtpWorld t(dialect);
    t.server.on_message_ = [&](const BtpServer::Seen& seen) {
      const auto data = bytes_of("why");
      t.server.answer(seen.id, ilp::Reject{"F02", "test.connector", "no route", data});
    };
    t.connect();
    EXPECT(t.send(t.prepare()).ok() && t.all_ended(1), "the packet to end");
    EXPECT(!t.ended[0].error, "no error");
    EXPECT_TEXT(t.ended[0].code, "F02");
    EXPECT_TEXT(t.ended[0].data, "why");
  }
}

void a_fulfillment_that_does_not_hash_to_the_condition_is_a_protocol_error(void**) {
  for (const Dialect dialect : both) {
    BtpWorld t(dialect);
    t.server.on_message_ = [&](const BtpServer::Seen& seen) {
      Hash wrong = t.fulfillment;
      wrong[31] ^= std::byte{1};
      t.server.answer(seen.id, ilp::Fulfill{wrong, {}});
    };
    t.connect();
    EXPECT(t.send(t.prepare()).ok() && t.all_ended(1), "the packet to end");
    EXPECT(t.ended[0].error.kind() == ErrorKind::protocol, "as a protocol error");
    EXPECT(t.ended[0].error.message().find("does not hash") != std::string_view::npos, "that says why");
    EXPECT(t.client->is_connected(), "the line is kept");
  }
}

void a_btp_error_is_a_remote_error_with_its_code_and_name(void**) {
  for (const Dialect dialect : both) {
    BtpWorld t(dialect);
    t.server.on_message_ = [&](const BtpServer::Seen& seen) {
      t.server.say_error(seen.id, "F00", "BTPError", "boom");
    };
    t.connect();
    EXPECT(t.send(t.prepare()).ok() && t.all_ended(1), "the packet to end");
    EXPECT(t.ended[0].error.kind() == ErrorKind::remote, "remote");
    EXPECT_TEXT(std::string(t.ended[0].error.message()), "F00 BTPError: boom");
  }
}

void a_second_error_of_request_0_is_ignored(void**) {
  BtpWorld t;
  t.server.on_message_ = [&](const BtpServer::Seen& seen) {
    t.server.say_error(seen.id, "F00", "BTPError");
    t.server.say_error(0, "F00", "BTPError");
  };
  t.connect();
  EXPECT(t.send(t.prepare()).ok() && t.all_ended(1), "the packet to end");
  t.run(1s);
  EXPECT(t.client->statistics().protocol_errors == 0, "nothing to complain of");
  EXPECT(t.client->is_connected() && t.ended.size() == 1, "nothing else happens");
  t.server.say_error(0, "F00", "BTPError", "handler of {\"secret\":\"s3cret\"} failed");
  t.run(1s);  // the log is looked at in the end
}

void an_error_without_words_says_so(void**) {
  BtpWorld t;
  t.server.on_message_ = [&](const BtpServer::Seen& seen) { t.server.say_error(seen.id, "", ""); };
  t.connect();
  EXPECT(t.send(t.prepare()).ok() && t.all_ended(1), "the packet to end");
  EXPECT_TEXT(std::string(t.ended[0].error.message()), "an ERROR without words");
}

void an_answer_larger_than_what_can_be_received_ends_its_packet_as_too_large(void**) {
  for (const Dialect dialect : both) {
    BtpWorld t(dialect, {}, Limits::tiny());
    const Bytes large(Limits::tiny().inbound_message_bytes_max);
    t.server.on_message_ = [&](const BtpServer::Seen& seen) {
      std::vector<std::byte> room(large.size() + 256);
      BufferSink sink{std::span<std::byte>(room)};
      const ilp::Packet packet = ilp::Fulfill{t.fulfillment, large};
      EXPECT(btp::encode_packet_message(sink, dialect, btp::MessageType::response, seen.id, packet),
             "encoded");
      room.resize(sink.size());
      t.server.say(room);
    };
    t.connect();
    const Instant sent = t.world.now();
    EXPECT(t.send(t.prepare()).ok() && t.all_ended(1), "the packet to end");
    EXPECT(t.ended[0].error.kind() == ErrorKind::too_large, "as too large");
    EXPECT(t.ended[0].when - sent < 1s, "at once");
    EXPECT(t.client->is_connected() && t.client->statistics().protocol_errors == 1,
           "counted; the line is kept");
  }
}

void a_response_without_a_packet_is_a_protocol_error(void**) {
  for (const Dialect dialect : both) {
    BtpWorld t(dialect);
    t.server.on_message_ = [&](const BtpServer::Seen& seen) {
      t.server.say_empty(btp::MessageType::response, seen.id);
    };
    t.connect();
    EXPECT(t.send(t.prepare()).ok() && t.all_ended(1), "the packet to end");
    EXPECT(t.ended[0].error.kind() == ErrorKind::protocol, "a protocol error");
  }
}

void a_response_that_holds_a_prepare_is_a_protocol_error(void**) {
  BtpWorld t;
  t.server.on_message_ = [&](const BtpServer::Seen& seen) {
    t.server.answer(seen.id, *btp::decode_packet(Dialect::crosstown, seen.packet));
  };
  t.connect();
  EXPECT(t.send(t.prepare()).ok() && t.all_ended(1), "the packet to end");
  EXPECT(t.ended[0].error.kind() == ErrorKind::protocol, "a protocol error");
}

void an_answer_to_an_id_never_sent_or_ended_is_counted_and_harms_nothing(void**) {
  BtpWorld t;
  t.server.on_message_ = [&](const BtpServer::Seen& seen) {
    t.server.answer(4711, ilp::Fulfill{t.fulfillment, {}});
    t.server.say_error(4712, "F00", "BTPError");
    t.server.answer(seen.id, ilp::Fulfill{t.fulfillment, {}});
    t.server.answer(seen.id, ilp::Reject{"F02", {}, {}, {}});
  };
  t.connect();
  EXPECT(t.send(t.prepare()).ok() && t.all_ended(1), "the packet to end");
  t.run(1s);
  EXPECT(t.ended.size() == 1 && !t.ended[0].error && t.ended[0].code.empty(), "its own answer, once");
  EXPECT(t.client->statistics().protocol_errors == 3, "three answers that belong to nothing");
}

void a_message_that_cannot_be_decoded_is_counted_and_the_line_is_kept(void**) {
  BtpWorld t;
  t.connect();
  t.server.say(bytes_of("\x01"));
  t.server.say(bytes_of(std::string_view("\x09\0\0\0\x02\0\0\0\0\0", 10)));
  EXPECT(t.server.line->send("{}"), "room");
  t.run(1s);
  EXPECT(t.client->statistics().protocol_errors == 3, "each is counted");
  EXPECT(t.client->is_connected() && t.logged("offset"), "and logged with its place");
}

void bytes_behind_a_message_are_a_protocol_error(void**) {
  BtpWorld t;
  t.connect();
  auto bytes = encoded([](Sink& sink) {
    (void)btp::encode_empty_message(sink, Dialect::crosstown, btp::MessageType::response, 9);
  });
  bytes.push_back(std::byte{0});
  t.server.say(bytes);
  t.run(1s);
  EXPECT(t.client->statistics().protocol_errors == 1 && t.client->is_connected(), "counted, no more");
}

void answers_may_come_in_any_order(void**) {
  BtpWorld t;
  t.connect();
  std::vector<Handle> handles;
  std::vector<Hash> fulfillments;
  for (int i = 0; i < 32; ++i) {
    handles.push_back(*t.send(t.prepare("test.bob", "packet " + std::to_string(i))));
    fulfillments.push_back(t.fulfillment);
  }
  EXPECT(t.arrived(32), "all at the connector");
  EXPECT(t.send(t.prepare()).error().kind() == ErrorKind::queue_full, "the 33rd is refused by name");
  for (std::size_t i = 32; i-- > 0;) t.server.answer(t.server.seen[i].id, ilp::Fulfill{fulfillments[i], {}});
  EXPECT(t.all_ended(32), "all end");
  for (std::size_t i = 0; i < 32; ++i) {
    EXPECT(t.ended[i].handle == handles[31 - i] && !t.ended[i].error, "each with its own fulfillment");
  }
}

void ids_start_behind_the_authentications_and_increase(void**) {
  BtpWorld t;
  t.connect();
  for (int i = 0; i < 3; ++i) EXPECT(t.send(t.prepare()).ok(), "sent");
  EXPECT(t.arrived(3), "all at the connector");
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT(t.server.seen[i].id == 2 + i, "2, 3, 4");
}

void ids_wrap_in_the_client_too_and_skip_0_and_what_is_pending(void**) {
  BtpWorld t;
  t.connect();
  btp::IdSeam::go_on_at(*t.client, 0xFFFFFFFF);
  for (int i = 0; i < 2; ++i) EXPECT(t.send(t.prepare()).ok(), "sent");
  btp::IdSeam::go_on_at(*t.client, 0xFFFFFFFF);
  EXPECT(t.send(t.prepare()).ok() && t.arrived(3), "all at the connector");
  const std::uint32_t expected[] = {0xFFFFFFFF, 1, 2};
  for (std::size_t i = 0; i < 3; ++i) EXPECT(t.server.seen[i].id == expected[i], "the next free one");
}

void a_cancelled_packet_completes_as_cancelled_and_its_answer_is_dropped(void**) {
  BtpWorld t;
  t.connect();
  const auto handle = t.send(t.prepare());
  EXPECT(t.arrived(1), "at the connector");
  EXPECT(t.client->cancel(*handle) && !t.client->cancel(*handle), "once");
  EXPECT(t.all_ended(1) && t.ended[0].error.kind() == ErrorKind::cancelled, "as cancelled");
  t.server.answer(t.server.seen[0].id, ilp::Fulfill{t.fulfillment, {}});
  t.run(1s);
  EXPECT(t.ended.size() == 1, "and no more");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(authentication_is_the_first_message_with_id_1_and_the_peer_id_agent_runtime),
      cmocka_unit_test(btp2_authenticates_with_user_name_and_token),
      cmocka_unit_test(nothing_is_sent_before_authentication_is_answered_and_5_s_are_waited_for_that),
      cmocka_unit_test(a_fulfill_is_a_value),
      cmocka_unit_test(a_reject_is_a_result_and_no_error),
      cmocka_unit_test(a_fulfillment_that_does_not_hash_to_the_condition_is_a_protocol_error),
      cmocka_unit_test(a_btp_error_is_a_remote_error_with_its_code_and_name),
      cmocka_unit_test(a_second_error_of_request_0_is_ignored),
      cmocka_unit_test(an_error_without_words_says_so),
      cmocka_unit_test(an_answer_larger_than_what_can_be_received_ends_its_packet_as_too_large),
      cmocka_unit_test(a_response_without_a_packet_is_a_protocol_error),
      cmocka_unit_test(a_response_that_holds_a_prepare_is_a_protocol_error),
      cmocka_unit_test(an_answer_to_an_id_never_sent_or_ended_is_counted_and_harms_nothing),
      cmocka_unit_test(a_message_that_cannot_be_decoded_is_counted_and_the_line_is_kept),
      cmocka_unit_test(bytes_behind_a_message_are_a_protocol_error),
      cmocka_unit_test(answers_may_come_in_any_order),
      cmocka_unit_test(ids_start_behind_the_authentications_and_increase),
      cmocka_unit_test(ids_wrap_in_the_client_too_and_skip_0_and_what_is_pending),
      cmocka_unit_test(a_cancelled_packet_completes_as_cancelled_and_its_answer_is_dropped),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
