// The stand-in connector between two peers: what one sends, the other answers.

#include "hub_btp_fixture.hpp"

#include <kedge/btp.hpp>

#include <optional>
#include <vector>

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view file = R"({"routes": [
  {"prefix": "test.alice", "forward": "alice"},
  {"prefix": "test.bob", "forward": "bob"},
  {"prefix": "test.late", "forward": "bob", "delay_ms": 1000}
]})";

/// The id of the MESSAGE that these bytes are.
std::uint32_t id_of(const RawPeer& peer) {
  const auto message = btp::decode_message(peer.dialect, bytes_of(peer.agent->messages.back()));
  EXPECT(message.ok(), "a message");
  return message->request_id;
}

struct World : ConnectorWorld {
  explicit World(Dialect of_alice = Dialect::crosstown, Dialect of_bob = Dialect::btp2,
                 std::string_view json = file)
      : ConnectorWorld(json), alice(peer("alice", of_alice)), bob(peer("bob", of_bob)) {}
  /// Alice sends; gives the id that bob has it by.
  std::uint32_t send(std::uint32_t id = 2, std::string destination = "test.bob.till") {
    EXPECT_TEXT(ask(alice, id, Asked{destination}), "");
    EXPECT(contains(bob.next(), ": PREPARE 107 " + destination + " some data"), "the packet to reach bob");
    return id_of(bob);
  }
  std::string answered(std::uint32_t bobs_id, const ilp::Packet& packet) {
    bob.answer(bobs_id, packet);
    run(20ms);
    return alice.next();
  }
  const std::string fulfillment = hash_of("some data");
  const ilp::Fulfill fulfill{bytes_of(fulfillment), bytes_of("thanks")};
  RawPeer alice, bob;
};

// ---- there and back

void a_packet_reaches_the_other_peer_and_its_answer_comes_back_in_all_dialects(void**) {
  for (const Dialect from : dialects) {
    for (const Dialect to : dialects) {
      World t(from, to);
      const std::uint32_t id = t.send(7);
      const auto message = btp::decode_message(to, bytes_of(t.bob.agent->messages.back()));
      const auto packet = btp::decode_packet(to, message->packet);
      const Asked asked{"test.bob.till"};
      EXPECT_TEXT(text_of(std::get<ilp::Prepare>(*packet).condition), asked.condition);
      EXPECT(std::get<ilp::Prepare>(*packet).expires_at == WallTime(asked.expires_at), "the same expiry");
      EXPECT_TEXT(t.answered(id, t.fulfill), fulfilled(7, "some data", "thanks"));
      EXPECT_TEXT(t.answered(t.send(8), ilp::Reject{"F99", "test.bob", "no", {}}),
                  "RESPONSE 8: REJECT F99 test.bob no");
      const hub::btp::Counters& counters = t.connector.counters();
      EXPECT(counters.forwarded == 2 && counters.fulfilled == 1 && counters.rejected == 1, "each counted");
    }
  }
}

void answers_find_their_packets_in_any_order(void**) {
  World t;
  const std::uint32_t first = t.send(2);
  const std::uint32_t second = t.send(3);
  EXPECT(first != second && first != 0 && second != 0, "ids of their own");
  EXPECT_TEXT(t.answered(second, t.fulfill), fulfilled(3, "some data", "thanks"));
  EXPECT_TEXT(t.answered(first, t.fulfill), fulfilled(2, "some data", "thanks"));
  EXPECT_TEXT(t.answered(first, t.fulfill), "");
  EXPECT(t.connector.counters().unmatched == 1, "the second answer to match nothing");
}

void a_peer_answers_only_what_it_was_asked(void**) {
  World t;
  const std::uint32_t id = t.send();
  t.alice.answer(id, t.fulfill);
  RawPeer carol = t.peer("carol", Dialect::btp2);
  carol.answer(id, t.fulfill);
  t.run(20ms);
  EXPECT_TEXT(t.alice.next(), "");
  EXPECT_TEXT(t.answered(id, t.fulfill), fulfilled(2, "some data", "thanks"));
}

void a_route_may_delay_what_the_other_peer_answers(void**) {
  World t;
  const std::uint32_t id = t.send(2, "test.late");
  EXPECT_TEXT(t.answered(id, t.fulfill), "");
  t.run(1s);
  EXPECT_TEXT(t.alice.next(), fulfilled(2, "some data", "thanks"));
}

// ---- what goes wrong

void who_is_not_connected_cannot_be_reached(void**) {
  World t;
  t.bob.agent->reset();
  t.run(100ms);
  EXPECT_TEXT(t.ask(t.alice, 2, Asked{"test.bob"}), rejected(2, "T01", "the peer is not connected"));
  RawPeer stranger = t.open(Dialect::btp2);
  EXPECT_TEXT(t.ask(t.alice, 3, Asked{"test.bob"}), rejected(3, "T01", "the peer is not connected"));
}

void a_peer_that_is_lost_leaves_rejects_behind(void**) {
  World t;
  (void)t.send(2);
  (void)t.send(3);
  t.bob.agent->reset();
  t.run(20ms);
  EXPECT_TEXT(t.alice.next(), rejected(2, "T01", "the peer was lost"));
  EXPECT_TEXT(t.alice.next(), rejected(3, "T01", "the peer was lost"));
  EXPECT(t.connector.packets_forwarded() == 0, "nothing left");
}

void an_answer_for_who_is_lost_is_dropped(void**) {
  World t;
  const std::uint32_t id = t.send();
  t.alice.agent->reset();
  t.run(20ms);
  t.alice = t.peer();
  EXPECT_TEXT(t.answered(id, t.fulfill), "");
  EXPECT(t.connector.counters().undelivered == 1 && t.connector.counters().unmatched == 1, "it is counted");
}

void a_packet_expires(void**) {
  World t;
  Asked past{"test.bob"};
  past.expires_at = 1'767'225'600'000ms;
  EXPECT_TEXT(t.ask(t.alice, 2, past), rejected(2, "R00", "the packet has expired"));
  Asked soon{"test.bob"};
  soon.expires_at = 1'767'225'605'000ms;
  EXPECT_TEXT(t.ask(t.alice, 3, soon, 4800ms), "");
  EXPECT_TEXT(t.answered(0, t.fulfill), "");
  t.run(1s);
  EXPECT_TEXT(t.alice.next(), rejected(3, "R00", "the peer did not answer in time"));
  EXPECT_TEXT(t.answered(id_of(t.bob), t.fulfill), "");
}

void a_peer_that_never_answers_is_waited_for_so_long(void**) {
  World t(Dialect::crosstown, Dialect::btp2,
          R"({"forward_timeout_ms": 3000, "routes": [{"prefix": "test.bob", "forward": "bob"}]})");
  (void)t.send();
  t.run(2900ms);
  EXPECT_TEXT(t.alice.next(), "");
  t.run(100ms);
  EXPECT_TEXT(t.alice.next(), rejected(2, "R00", "the peer did not answer in time"));
  t.world.set_wall_time(std::nullopt);
  EXPECT_TEXT(t.ask(t.alice, 3, Asked{"test.bob"}, 2900ms), "");
  t.run(200ms);
  EXPECT_TEXT(t.alice.next(), rejected(3, "R00", "the peer did not answer in time"));
}

void an_answer_that_is_none_is_rejected_with_t00(void**) {
  for (const Dialect to : dialects) {
    World t(Dialect::crosstown, to);
    const std::uint32_t ids[] = {t.send(2), t.send(3), t.send(4)};
    t.bob.say(hub::btp::error_message(to, ids[0], "F00", "NotAcceptedError", "no", WallTime{}));
    t.bob.say(hub::btp::empty_response(to, ids[1]));
    t.bob.answer(ids[2], Asked{"test.alice"}.prepare());
    t.run(20ms);
    EXPECT_TEXT(t.alice.next(), rejected(2, "T00", "the peer failed: F00 NotAcceptedError"));
    EXPECT_TEXT(t.alice.next(), rejected(3, "T00", "the peer's answer holds no packet"));
    EXPECT_TEXT(t.alice.next(), rejected(4, "T00", "the peer's answer is a PREPARE"));
  }
}

void what_a_dialect_does_not_have_is_rejected(void**) {
  World t(Dialect::btp2, Dialect::crosstown);
  EXPECT_TEXT(t.ask(t.alice, 2, Asked{"test.bob.~x"}),
              rejected(2, "F02", "the peer's dialect has no such packet"));
  World back(Dialect::crosstown, Dialect::btp2);
  EXPECT_TEXT(back.answered(back.send(), ilp::Reject{"F00", "test.~x", {}, {}}),
              rejected(2, "T00", "the peer's answer cannot be told in this dialect"));
}

// ---- another line of the same peer

void in_btp2_the_second_line_of_a_peer_takes_the_firsts_place(void**) {
  World t(Dialect::crosstown, Dialect::btp2);
  (void)t.send(2);
  RawPeer other = t.open(Dialect::btp2);
  EXPECT_TEXT(t.ask(other, t.auth(Dialect::btp2, 55, "bob")), "RESPONSE 55");
  EXPECT_TEXT(t.alice.next(), rejected(2, "T01", "the peer was lost"));
  EXPECT_TEXT(t.ask(t.alice, 3, Asked{"test.bob"}), "");
  EXPECT(contains(other.next(), "PREPARE") && t.bob.next().empty(), "the second line to be asked");
  t.bob.say(btp::MessageType::message, 9, Asked{"test.alice"}.prepare());
  t.run(20ms);
  EXPECT_TEXT(t.bob.next(),
              "ERROR 55: F00 NotAcceptedError This connection has been ended because the user has opened a "
              "new connection");
  EXPECT(t.bob.agent->close_code == 1005, "a close frame without a code");
  EXPECT_TEXT(t.alice.next(), "");
}

void another_peer_takes_nobodys_place(void**) {
  World t(Dialect::btp2, Dialect::btp2);
  RawPeer carol = t.peer("carol", Dialect::btp2);
  RawPeer crosstown = t.peer("bob", Dialect::crosstown);
  crosstown.agent->reset();
  t.run(20ms);
  EXPECT_TEXT(t.answered(t.send(), t.fulfill), fulfilled(2, "some data", "thanks"));
}

void in_crosstown_both_lines_live_and_the_second_is_asked(void**) {
  World t(Dialect::btp2, Dialect::crosstown);
  RawPeer other = t.peer("bob", Dialect::crosstown);
  EXPECT_TEXT(t.ask(t.alice, 2, Asked{"test.bob"}), "");
  EXPECT(contains(other.next(), "PREPARE") && t.bob.next().empty(), "the second line to be asked");
  EXPECT_TEXT(t.ask(t.bob, 9, Asked{"test.alice"}), "");
  EXPECT(contains(t.alice.next(), "PREPARE"), "the first line to be heard");
  t.alice.answer(id_of(t.alice), t.fulfill);
  t.run(20ms);
  EXPECT_TEXT(t.bob.next(), fulfilled(9, "some data", "thanks"));
}

void the_operator_cuts_a_peer(void**) {
  World t;
  EXPECT(!t.connector.cut_peer("carol", server::CutKind::abrupt), "nobody of that name");
  EXPECT(t.connector.cut_peer("bob", server::CutKind::clean), "bob to be cut");
  EXPECT(t.connector.cut_peer("alice", server::CutKind::abrupt), "alice too");
  t.run(100ms);
  EXPECT(t.bob.agent->close_code == 1000, "a clean close");
  EXPECT(t.alice.agent->close_code == 0 && (t.alice.agent->ended || t.alice.agent->was_reset), "a cut");
}

// ---- with the clients themselves

/// One of kedge's own.
struct Live {
  Live(ConnectorWorld& t, std::string_view peer, Dialect dialect) : port(t.world) {
    const Address addresses[] = {t.address};
    t.world.set_name("connector", addresses);
    btp::Config config;
    config.client.url = dialect == Dialect::crosstown ? "ws://connector/btp" : "ws://connector/btp2";
    config.client.credentials = [](Secret& secret) noexcept { return secret.assign(peer_token); };
    config.dialect = dialect;
    config.peer_id = peer;
    config.on_packet = [this](const btp::IncomingPacket& packet) noexcept {
      const std::string fulfillment = hash_of(text_of(packet.prepare.data));
      EXPECT(client->answer(packet.id, ilp::Fulfill{bytes_of(fulfillment), packet.prepare.data}).ok(),
             "an answer to go out");
      ++packets;
    };
    client.emplace(port, std::move(config), storage);
    EXPECT(client->connect().ok(), "started");
    EXPECT(t.world.run_until([&] { return client->is_connected(); }, 1min), "a line that is ready");
  }
  void close(ConnectorWorld& t) {
    client->close();
    t.run(20s);
  }
  sim::Port port;
  btp::Storage<Limits::small()> storage;
  std::optional<btp::Client> client;
  int packets = 0;
};

void two_clients_of_kedge_pay_each_other_through_it(void**) {
  for (const Dialect from : dialects) {
    for (const Dialect to : dialects) {
      ConnectorWorld t(file);
      Live alice(t, "alice", from), bob(t, "bob", to);
      std::vector<std::string> got;
      for (int i = 0; i < 20; ++i) {
        const Asked asked{"test.bob", "packet " + std::to_string(i)};
        const auto sent =
            alice.client->send_packet(asked.prepare(), [&got](const btp::PacketOutcome& outcome) noexcept {
              got.emplace_back(outcome.fulfill() != nullptr ? text_of(outcome.fulfill()->data)
                                                            : outcome.error.message());
            });
        EXPECT(sent.ok(), "a packet to go out");
      }
      t.run(1s);
      EXPECT(got.size() == 20 && bob.packets == 20, "twenty packets, each once");
      for (std::size_t i = 0; i < got.size(); ++i) EXPECT_TEXT(got[i], "packet " + std::to_string(i));
      EXPECT(t.connector.counters().fulfilled == 20, "and the connector agrees");
      alice.close(t);
      bob.close(t);
    }
  }
}

void a_client_whose_peer_is_lost_hears_a_reject(void**) {
  ConnectorWorld t(file);
  Live alice(t, "alice", Dialect::crosstown);
  RawPeer bob = t.peer("bob", Dialect::btp2);
  std::string code;
  const Asked asked{"test.bob"};
  EXPECT(alice.client
             ->send_packet(asked.prepare(),
                           [&code](const btp::PacketOutcome& outcome) noexcept {
                             if (outcome.reject() != nullptr) code = outcome.reject()->code;
                           })
             .ok(),
         "a packet to go out");
  t.run(100ms);
  EXPECT(contains(bob.next(), "PREPARE"), "bob to have it");
  bob.agent->reset();
  t.run(100ms);
  EXPECT_TEXT(code, "T01");
  alice.close(t);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_packet_reaches_the_other_peer_and_its_answer_comes_back_in_all_dialects),
      cmocka_unit_test(answers_find_their_packets_in_any_order),
      cmocka_unit_test(a_peer_answers_only_what_it_was_asked),
      cmocka_unit_test(a_route_may_delay_what_the_other_peer_answers),
      cmocka_unit_test(who_is_not_connected_cannot_be_reached),
      cmocka_unit_test(a_peer_that_is_lost_leaves_rejects_behind),
      cmocka_unit_test(an_answer_for_who_is_lost_is_dropped),
      cmocka_unit_test(a_packet_expires),
      cmocka_unit_test(a_peer_that_never_answers_is_waited_for_so_long),
      cmocka_unit_test(an_answer_that_is_none_is_rejected_with_t00),
      cmocka_unit_test(what_a_dialect_does_not_have_is_rejected),
      cmocka_unit_test(in_btp2_the_second_line_of_a_peer_takes_the_firsts_place),
      cmocka_unit_test(another_peer_takes_nobodys_place),
      cmocka_unit_test(in_crosstown_both_lines_live_and_the_second_is_asked),
      cmocka_unit_test(the_operator_cuts_a_peer),
      cmocka_unit_test(two_clients_of_kedge_pay_each_other_through_it),
      cmocka_unit_test(a_client_whose_peer_is_lost_hears_a_reject),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
