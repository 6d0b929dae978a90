// What still goes out in front of our close frame when the peer closes or breaks the rules.

#include "session_fixture.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;
using ws::Opcode;

namespace {

constexpr Opcode reserved_opcode{3};

void an_answer_to_what_came_in_the_same_read_goes_out_before_our_close_frame(void**) {
  for (const ws::Role role : {ws::Role::client, ws::Role::server}) {
    for (const bool violation : {true, false}) {
      SessionWorld t(role);
      t.on_text = [&](std::string_view text) { (void)t.push(std::string(text) + "!"); };
      const std::string last = violation ? t.frame_bytes(reserved_opcode, "")
                                         : t.frame_bytes(Opcode::close, SessionWorld::close_payload(1000));
      t.say(t.frame_bytes(Opcode::text, "a") + t.frame_bytes(Opcode::text, "b") +
            t.frame_bytes(Opcode::ping, "?") + last);
      t.run(20ms);
      EXPECT(t.far.log.size() == 4, "a pong, two answers and a close frame");
      EXPECT_TEXT(t.far.log[0], "pong:?");
      EXPECT_TEXT(t.far.log[1], "text:a!");
      EXPECT_TEXT(t.far.log[2], "text:b!");
      EXPECT(t.far.log[3].starts_with(violation ? "close:1002" : "close:1000"), "our close frame, last");
    }
  }
}

void a_message_of_several_writes_goes_out_whole_before_our_close_frame(void**) {
  SessionWorld t;
  t.on_text = [&](std::string_view) { (void)t.push(std::string(50000, 'x')); };
  t.say(t.frame_bytes(Opcode::text, "a") + t.frame_bytes(reserved_opcode, ""));
  t.run(20ms);
  EXPECT(t.far.log.size() == 2 && t.far.log[0] == "text:" + std::string(50000, 'x'), "the message, whole");
  EXPECT(t.far.log[1].starts_with("close:1002"), "our close frame behind");
}

void nothing_that_would_have_to_wait_goes_in_front_of_our_close_frame(void**) {
  SessionWorld t;
  t.far_reads = false;
  while (t.push(std::string(16000, 'x'))) t.run(5ms);  // the line is full, and the queue behind it
  const std::uint64_t before = t.statistics.messages_out;
  t.frame(Opcode::close, SessionWorld::close_payload(1001));
  t.run(20ms);
  t.far_reads = true;
  t.read_far(t.host.latest());
  t.run(500ms);
  EXPECT(t.far.log.back() == "close:1001:", "our close frame");
  EXPECT(t.far.log.size() <= before + 2, "behind what was written already");
  EXPECT(t.ring.has_next(false), "the rest is kept for the next connection");
}

void what_is_queued_without_end_does_not_hold_our_close_frame_back(void**) {
  SessionWorld t;
  int again = 0;
  t.on_sent = [&] {
    if (++again < 1000) (void)t.push("again");
  };
  t.on_text = [&](std::string_view) { (void)t.push("first"); };
  t.say(t.frame_bytes(Opcode::text, "a") + t.frame_bytes(Opcode::close, SessionWorld::close_payload(1000)));
  t.run(20ms);
  EXPECT(t.far.log.size() == 2 && t.far.log[1] == "close:1000:", "one message, then the close frame");
}

void nothing_more_is_sent_to_a_peer_that_found_a_message_too_big(void**) {
  SessionWorld t;
  t.on_text = [&](std::string_view) { (void)t.push("another"); };
  t.say(t.frame_bytes(Opcode::text, "a") + t.frame_bytes(Opcode::close, SessionWorld::close_payload(1009)));
  t.run(20ms);
  EXPECT(t.far.log.size() == 1 && t.far.log[0] == "close:1009:", "the close frame alone");
  EXPECT(t.ring.has_next(false), "the message is kept for the next connection");
}

void only_reserved_messages_go_out_before_the_line_is_ready(void**) {
  SessionWorld t;
  t.session.close_gate();
  t.on_text = [&](std::string_view) {
    (void)t.push("the user's");
    OutboundOptions options;
    options.reserved = true;
    (void)t.push("the protocol's", options);
  };
  t.say(t.frame_bytes(Opcode::text, "a") + t.frame_bytes(Opcode::close, SessionWorld::close_payload(1000)));
  t.run(20ms);
  EXPECT(t.far.log.size() == 2 && t.far.log[0] == "text:the protocol's", "the reserved one alone");
}

void what_is_queued_after_the_peers_close_is_not_sent_behind_it(void**) {
  SessionWorld t;
  t.on_event = [&] {
    if (t.received.size() == 1 && t.ring.count() == 0) (void)t.push("afterthought");
  };
  t.say(t.frame_bytes(Opcode::text, "a") + t.frame_bytes(Opcode::close, SessionWorld::close_payload(1000)));
  t.run(20ms);
  EXPECT(t.far.log.size() == 1 && t.far.log[0].starts_with("close:1000"), "our close frame alone");
  EXPECT(t.ring.has_next(false), "it waits for the next connection");
}

void what_is_urgent_after_the_peers_close_takes_no_answers_place(void**) {
  SessionWorld t;
  t.on_text = [&](std::string_view) { (void)t.push("the answer"); };
  t.on_event = [&] {
    OutboundOptions urgent;
    urgent.priority = Priority::urgent;
    if (t.received.size() == 1 && t.ring.count() == 1) (void)t.push("afterthought", urgent);
  };
  t.say(t.frame_bytes(Opcode::text, "a") + t.frame_bytes(Opcode::close, SessionWorld::close_payload(1000)));
  t.run(20ms);
  EXPECT(t.far.log.size() == 1 && t.far.log[0].starts_with("close:1000"), "our close frame alone");
  EXPECT(t.ring.count() == 2, "both wait for the next connection, where they go in order");
}

void what_is_to_be_kept_waits_for_the_next_connection(void**) {
  for (const bool violation : {true, false}) {
    SessionConfig config;
    config.keeps_queued = true;
    SessionWorld t(ws::Role::client, config);
    t.on_text = [&](std::string_view) { (void)t.push("a request"); };
    const std::string last = violation ? t.frame_bytes(reserved_opcode, "")
                                       : t.frame_bytes(Opcode::close, SessionWorld::close_payload(1001));
    t.say(t.frame_bytes(Opcode::text, "a") + last);
    t.run(20ms);
    EXPECT(t.far.log.size() == 1 && t.far.log[0].starts_with("close:"), "the close frame alone");
    EXPECT(t.ring.has_next(false), "the request is still there");
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(an_answer_to_what_came_in_the_same_read_goes_out_before_our_close_frame),
      cmocka_unit_test(a_message_of_several_writes_goes_out_whole_before_our_close_frame),
      cmocka_unit_test(nothing_that_would_have_to_wait_goes_in_front_of_our_close_frame),
      cmocka_unit_test(what_is_queued_without_end_does_not_hold_our_close_frame_back),
      cmocka_unit_test(nothing_more_is_sent_to_a_peer_that_found_a_message_too_big),
      cmocka_unit_test(what_is_queued_after_the_peers_close_is_not_sent_behind_it),
      cmocka_unit_test(what_is_urgent_after_the_peers_close_takes_no_answers_place),
      cmocka_unit_test(what_is_to_be_kept_waits_for_the_next_connection),
      cmocka_unit_test(only_reserved_messages_go_out_before_the_line_is_ready),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
