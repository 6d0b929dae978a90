// What becomes of packets at the stand-in connector, by their destination.

#include "hub_btp_fixture.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view file = R"({
  "routes": [
    {"prefix": "test.hub"},
    {"prefix": "test.hub.with", "fulfill": {"data": "6f6b"}},
    {"prefix": "test.hub.given", "fulfill": {
        "fulfillment": "0707070707070707070707070707070707070707070707070707070707070707"}},
    {"prefix": "test.hub.poor", "reject": {"code": "T04", "message": "no money", "data": "00ff"}},
    {"prefix": "test.hub.else", "reject": {"code": "F99", "triggered_by": "test.else"}},
    {"prefix": "test.hub.slow", "delay_ms": 5000},
    {"prefix": "test.hub.back", "reverse": 3},
    {"prefix": "test.hub.silent", "habit": "silent"},
    {"prefix": "test.hub.twice", "habit": "twice"},
    {"prefix": "test.hub.wrong", "habit": "wrong_id"},
    {"prefix": "test.hub.empty", "habit": "empty"},
    {"prefix": "test.hub.throw", "habit": "throw"},
    {"prefix": "test.hub.cut", "habit": "cut"}
  ]
})";

struct World : ConnectorWorld {
  explicit World(Dialect dialect) : ConnectorWorld(file), alice(peer("alice", dialect)) {}
  std::string ask(std::string_view destination, std::uint32_t id = 2) {
    return ConnectorWorld::ask(alice, id, Asked{std::string(destination)});
  }
  RawPeer alice;
};

void the_default_is_a_fulfillment_that_is_the_hash_of_the_data(void**) {
  for (const Dialect dialect : dialects) {
    World t(dialect);
    EXPECT_TEXT(t.ask("test.hub.anything"), fulfilled(2));
    EXPECT_TEXT(t.ask("test.hub.with", 3), fulfilled(3, "some data", "ok"));
    Asked empty{"test.hub", ""};
    EXPECT_TEXT(t.ConnectorWorld::ask(t.alice, 4, empty), fulfilled(4, ""));
    EXPECT(t.connector.counters().packets == 3 && t.connector.counters().fulfilled == 3, "three of them");
  }
}

void another_condition_is_rejected_with_f05(void**) {
  World t(Dialect::crosstown);
  Asked asked{"test.hub"};
  asked.condition = hash_of("another");
  EXPECT_TEXT(t.ConnectorWorld::ask(t.alice, 2, asked),
              rejected(2, "F05", "the condition is not that of SHA-256(data)"));
}

void a_fulfillment_that_is_given_is_sent_whatever_the_condition(void**) {
  World t(Dialect::btp2);
  EXPECT_TEXT(t.ask("test.hub.given"), "RESPONSE 2: FULFILL " + hex(std::string(32, '\7')) + " ");
}

void a_reject_is_as_the_route_has_it(void**) {
  for (const Dialect dialect : dialects) {
    World t(dialect);
    EXPECT_TEXT(t.ask("test.hub.poor"), rejected(2, "T04", "no money"));
    const auto message = btp::decode_message(dialect, bytes_of(t.alice.agent->messages.back()));
    const auto packet = btp::decode_packet(dialect, message->packet);
    EXPECT_TEXT(hex(text_of(std::get<ilp::Reject>(*packet).data)), "00ff");
    EXPECT_TEXT(t.ask("test.hub.else", 3), "RESPONSE 3: REJECT F99 test.else ");
    EXPECT(t.connector.counters().rejected == 2, "two of them");
  }
}

void the_longest_prefix_of_whole_segments_decides(void**) {
  World t(Dialect::crosstown);
  EXPECT_TEXT(t.ask("test.hub.poor.and.deep"), rejected(2, "T04", "no money"));
  EXPECT_TEXT(t.ask("test.hub.poorer", 3), fulfilled(3));
  EXPECT_TEXT(t.ask("test.hubs", 4), rejected(4, "F02", "no route"));
  EXPECT_TEXT(t.ask("g", 5), rejected(5, "F02", "no route"));
}

void an_answer_is_delayed_and_others_pass_it(void**) {
  World t(Dialect::crosstown);
  EXPECT_TEXT(t.ask("test.hub.slow"), "");
  EXPECT_TEXT(t.ask("test.hub", 3), fulfilled(3));
  EXPECT(t.connector.packets_delayed() == 1, "one that waits");
  t.run(4900ms);
  EXPECT_TEXT(t.alice.next(), "");
  t.run(100ms);
  EXPECT_TEXT(t.alice.next(), fulfilled(2));
}

void answers_are_told_in_reverse_when_there_are_enough(void**) {
  World t(Dialect::btp2);
  EXPECT_TEXT(t.ask("test.hub.back", 2), "");
  EXPECT_TEXT(t.ask("test.hub.back", 3), "");
  EXPECT_TEXT(t.ask("test.hub", 9), fulfilled(9));
  EXPECT(t.connector.packets_held() == 2, "two that wait");
  EXPECT_TEXT(t.ask("test.hub.back", 4), fulfilled(4));
  EXPECT_TEXT(t.alice.next(), fulfilled(3));
  EXPECT_TEXT(t.alice.next(), fulfilled(2));
  EXPECT(t.connector.packets_held() == 0, "none left");
}

void habits_are_shown(void**) {
  World t(Dialect::crosstown);
  EXPECT_TEXT(t.ask("test.hub.silent", 2), "");
  EXPECT_TEXT(t.ask("test.hub.twice", 3), fulfilled(3));
  EXPECT_TEXT(t.alice.next(), fulfilled(3));
  EXPECT_TEXT(t.alice.next(), "");
  EXPECT_TEXT(t.ask("test.hub.wrong", 4), fulfilled(0x8000'0004));
  EXPECT_TEXT(t.ask("test.hub.empty", 5), "RESPONSE 5");
  EXPECT_TEXT(t.ask("test.hub.throw", 6), "ERROR 6: F00 BTPError");
  EXPECT_TEXT(t.alice.next(), "ERROR 0: F00 BTPError");
  EXPECT(t.connector.counters().failed == 1 && t.connector.counters().packets == 5, "each counted");
  EXPECT_TEXT(t.ask("test.hub.cut", 7), "");
  EXPECT((t.alice.agent->ended || t.alice.agent->was_reset) && t.alice.agent->close_code == 0,
         "an end without a close frame");
  World btp2(Dialect::btp2);
  EXPECT_TEXT(btp2.ask("test.hub.throw", 6),
              R"(ERROR 6: F01 InvalidFieldsError {"message":"the route's habit"})");
  EXPECT_TEXT(btp2.alice.next(), "");
}

void packets_in_flight_are_bounded(void**) {
  ConnectorWorld t(R"({"packets_max": 2, "routes": [
    {"prefix": "test.slow", "delay_ms": 1000}, {"prefix": "test.back", "reverse": 5}, {"prefix": ""}]})");
  RawPeer alice = t.peer();
  EXPECT_TEXT(t.ask(alice, 2, Asked{"test.slow"}), "");
  EXPECT_TEXT(t.ask(alice, 3, Asked{"test.back"}), "");
  EXPECT_TEXT(t.ask(alice, 4, Asked{"g"}), rejected(4, "T03", "too many packets are in flight"));
  t.run(1s);
  EXPECT_TEXT(alice.next(), fulfilled(2));
  EXPECT_TEXT(t.ask(alice, 5, Asked{"g"}), fulfilled(5));
}

void bytes_of_answers_that_wait_are_bounded(void**) {
  ConnectorWorld t(R"({"answers_bytes_max": 150, "routes": [
    {"prefix": "test.slow", "delay_ms": 1000}, {"prefix": "test.back", "reverse": 2},
    {"prefix": "", "fulfill": {"data": ")" +
                   std::string(1000, '0') + "\"}}]}");
  RawPeer alice = t.peer();
  for (std::uint32_t id = 2; id <= 4; ++id) EXPECT_TEXT(t.ask(alice, id, Asked{"test.slow"}), "");
  EXPECT_TEXT(t.ask(alice, 5, Asked{"test.slow"}), rejected(5, "T03", "too many bytes of answers wait"));
  EXPECT_TEXT(t.ask(alice, 6, Asked{"test.back"}), rejected(6, "T03", "too many bytes of answers wait"));
  EXPECT(t.connector.packets_delayed() == 3 && t.connector.packets_held() == 0, "three that wait");
  EXPECT_TEXT(t.ask(alice, 7, Asked{"g"}), fulfilled(7, "some data", std::string(500, '\0')));
  EXPECT(t.connector.counters().fulfilled == 4 && t.connector.counters().rejected == 2, "each counted once");
  t.run(1s);
  for (std::uint32_t id = 2; id <= 4; ++id) EXPECT_TEXT(alice.next(), fulfilled(id));
  EXPECT_TEXT(t.ask(alice, 8, Asked{"test.slow"}, 2s), fulfilled(8));
}

void packets_of_a_line_that_is_lost_are_forgotten(void**) {
  World t(Dialect::crosstown);
  EXPECT_TEXT(t.ask("test.hub.slow"), "");
  EXPECT_TEXT(t.ask("test.hub.back", 3), "");
  t.alice.agent->reset();
  t.run(100ms);
  EXPECT(t.connector.packets_delayed() == 0 && t.connector.packets_held() == 0, "nothing kept");
  EXPECT(t.connector.counters().undelivered == 2, "two answers that nobody heard");
  t.alice = t.peer();
  t.run(10s);
  EXPECT_TEXT(t.alice.next(), "");
}

void a_hundred_packets_at_once_are_answered_in_their_order(void**) {
  for (const Dialect dialect : dialects) {
    World t(dialect);
    for (std::uint32_t id = 2; id < 102; ++id) {
      t.alice.say(btp::MessageType::message, id, Asked{"test.hub"}.prepare());
    }
    t.run(1s);
    for (std::uint32_t id = 2; id < 102; ++id) EXPECT_TEXT(t.alice.next(), fulfilled(id));
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_default_is_a_fulfillment_that_is_the_hash_of_the_data),
      cmocka_unit_test(another_condition_is_rejected_with_f05),
      cmocka_unit_test(a_fulfillment_that_is_given_is_sent_whatever_the_condition),
      cmocka_unit_test(a_reject_is_as_the_route_has_it),
      cmocka_unit_test(the_longest_prefix_of_whole_segments_decides),
      cmocka_unit_test(an_answer_is_delayed_and_others_pass_it),
      cmocka_unit_test(answers_are_told_in_reverse_when_there_are_enough),
      cmocka_unit_test(habits_are_shown),
      cmocka_unit_test(packets_in_flight_are_bounded),
      cmocka_unit_test(bytes_of_answers_that_wait_are_bounded),
      cmocka_unit_test(packets_of_a_line_that_is_lost_are_forgotten),
      cmocka_unit_test(a_hundred_packets_at_once_are_answered_in_their_order),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
