// What the BTP client does with what the peer sends of its own: packets for the handler, and what is none.

#include "btp_fixture.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;
using btp::Dialect;
using btp::MessageType;

namespace {

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
    t.server.say_packet(btp::MessageType::message, 0xDEADBEEF, t.prepare("test.agent"));
    EXPECT(t.arrived(1), "the answer");
    EXPECT(t.server.seen[0].type == btp::MessageType::response && t.server.seen[0].id == 0xDEADBEEF,
           "of that id");
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
    t.server.say_packet(btp::MessageType::message, id, t.prepare("test.agent"));
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
  t.server.say_packet(btp::MessageType::message, 7, t.prepare("test.agent"));
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
    t.server.say_packet(btp::MessageType::message, id, t.prepare("test.agent"));
  }
  EXPECT(t.until(LinkState::closed), "closed");
  EXPECT(told == 1, "the packet that came first only");
}

void without_a_handler_packets_are_rejected_with_f02(void**) {
  for (const Dialect dialect : {Dialect::crosstown, Dialect::btp2}) {
    BtpWorld t(dialect);
    t.connect();
    t.server.say_packet(btp::MessageType::message, 5, t.prepare("test.agent"));
    EXPECT(t.arrived(1) && t.server.seen[0].id == 5, "the answer");
    const auto packet = btp::decode_packet(dialect, t.server.seen[0].packet);
    EXPECT(packet.ok() && std::get<ilp::Reject>(*packet).code == "F02", "REJECT F02");
  }
}

/// The ERROR with which the client answered.
btp::Message error_of(const BtpServer::Seen& seen, Dialect dialect) {
  EXPECT(seen.type == btp::MessageType::error, "an ERROR");
  const auto message = btp::decode_message(dialect, seen.bytes);
  EXPECT(message.ok(), "that can be read");
  return *message;
}

void a_message_without_a_prepare_is_answered_with_an_error(void**) {
  for (const Dialect dialect : {Dialect::crosstown, Dialect::btp2}) {
    BtpWorld t(dialect);
    t.connect();
    t.server.say_empty(btp::MessageType::message, 5);
    t.server.say_packet(btp::MessageType::message, 6, ilp::Reject{"F02", {}, {}, {}});
    EXPECT(t.arrived(2), "both are answered");
    EXPECT_TEXT(std::string(error_of(t.server.seen[0], dialect).code), "F00");
    EXPECT_TEXT(std::string(error_of(t.server.seen[1], dialect).code), "F01");
    EXPECT(t.server.seen[0].id == 5 && t.server.seen[1].id == 6, "each by its id");
  }
}

void a_transfer_is_refused(void**) {
  BtpWorld t(Dialect::btp2);
  t.connect();
  t.server.say(encoded([](Sink& sink) {
    (void)btp::encode_message(sink, Dialect::btp2, btp::MessageType::transfer, 7, {{}, {}, 1000});
  }));
  EXPECT(t.arrived(1) && t.server.seen[0].id == 7, "it is answered");
  EXPECT_TEXT(std::string(error_of(t.server.seen[0], Dialect::btp2).code), "F00");
}

void an_error_can_be_said_whatever_the_clock_shows(void**) {
  for (const Dialect dialect : {Dialect::crosstown, Dialect::btp2}) {
    BtpWorld t(dialect);
    t.connect();
    t.world.set_wall_time(WallTime{-5ms});
    t.server.say_empty(btp::MessageType::message, 5);
    EXPECT(t.arrived(1), "it is answered");
    EXPECT_TEXT(std::string(error_of(t.server.seen[0], dialect).code), "F00");
  }
}

void a_message_too_large_to_be_received_is_refused_by_its_id(void**) {
  BtpWorld t(Dialect::crosstown, {}, Limits::tiny());
  t.connect();
  const Bytes large(Limits::tiny().inbound_message_bytes_max);
  std::vector<std::byte> room(large.size() + 1024);
  BufferSink sink{std::span<std::byte>(room)};
  auto packet = t.prepare("test.agent");
  packet.data = large;
  EXPECT(btp::encode_packet_message(sink, Dialect::crosstown, btp::MessageType::message, 77, packet),
         "encoded");
  room.resize(sink.size());
  t.server.say(room);
  EXPECT(t.arrived(1) && t.server.seen[0].id == 77, "it is answered");
  EXPECT_TEXT(std::string(error_of(t.server.seen[0], Dialect::crosstown).code), "F00");
  EXPECT(t.client->is_connected(), "the line is kept");
}

void what_is_too_large_and_no_message_of_the_protocol_is_counted_and_the_line_is_kept(void**) {
  BtpWorld t(Dialect::crosstown, {}, Limits::tiny());
  t.connect();
  const Bytes large(Limits::tiny().inbound_message_bytes_max + 1);
  t.server.say(large);
  const std::string text(large.size(), 'x');
  EXPECT(t.server.line->send(text), "room for a text");
  EXPECT(t.world.run_until([&] { return t.client->statistics().protocol_errors == 2; }, 1s),
         "both are counted");
  EXPECT(t.client->is_connected() && t.server.seen.empty(), "the line is kept, and nothing is answered");
}

void a_client_without_room_says_so_to_whatever_is_asked_of_it(void**) {
  sim::World world(1);
  sim::Port port(world);
  std::vector<std::byte> storage(1000);
  btp::Config config;
  config.client.url = "ws://connector/";
  btp::Client client(port, std::move(config), Limits::tiny(), storage);
  const Error error = client.connect().error();
  EXPECT(error.kind() == ErrorKind::config, "config");
  EXPECT(error.message().find("1000") != std::string_view::npos, "what there is");
  EXPECT(
      client.send_packet({}, [](const btp::PacketOutcome&) noexcept {}).error().kind() == ErrorKind::config,
      "the same");
  EXPECT(client.answer({}, ilp::Fulfill{}).error().kind() == ErrorKind::config, "the same");
  EXPECT(!client.cancel({}) && client.state() == LinkState::idle, "nothing to cancel, nothing started");
  EXPECT(client.statistics().attempts == 0 && client.last_error().kind() == ErrorKind::config, "the reason");
  client.retry_now();
  client.close();
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_packet_of_the_peer_is_answered_by_the_handler),
      cmocka_unit_test(a_packet_of_the_peer_may_be_answered_later_but_not_on_another_line),
      cmocka_unit_test(an_answer_that_waits_when_the_line_is_lost_is_not_sent_on_the_next),
      cmocka_unit_test(after_close_from_the_handler_it_hears_of_no_more_packets),
      cmocka_unit_test(without_a_handler_packets_are_rejected_with_f02),
      cmocka_unit_test(a_message_without_a_prepare_is_answered_with_an_error),
      cmocka_unit_test(a_transfer_is_refused),
      cmocka_unit_test(an_error_can_be_said_whatever_the_clock_shows),
      cmocka_unit_test(a_message_too_large_to_be_received_is_refused_by_its_id),
      cmocka_unit_test(what_is_too_large_and_no_message_of_the_protocol_is_counted_and_the_line_is_kept),
      cmocka_unit_test(a_client_without_room_says_so_to_whatever_is_asked_of_it),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
