// What handlers, a broken stream and a slow one do to a session at awkward moments.

#include "scripted_session.hpp"

#include <algorithm>

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;
using ws::Opcode;

namespace {

const std::string close_1008("\x88\x02\x03\xF0", 4);

void pausing_and_resuming_inside_a_handler_loses_nothing(void**) {
  SessionWorld t;
  t.on_text = [&](std::string_view) {
    t.session.pause_reading();
    t.session.resume_reading();
  };
  std::string together;
  for (char c = '1'; c <= '9'; ++c) together += std::string("\x81\x01", 2) + c;
  t.say(together);
  t.run(1s);
  EXPECT(t.received.size() == 9, "all nine without another byte from the peer");
}

void handlers_that_pause_and_resume_hear_the_peers_last_words(void**) {
  for (const bool write_failed : {false, true}) {
    Scripted t;
    t.on_text = [&] {
      t.session.pause_reading();
      t.session.resume_reading();
    };
    EXPECT(t.turns(), "rest");
    t.stream.write_works = !write_failed;
    std::string together;
    for (char c = '1'; c <= '5'; ++c) together += std::string("\x81\x01", 2) + c;
    t.stream.reads = {{IoStatus::ok, together + close_1008}, {IoStatus::error, {}}};
    t.push("too late");
    t.stream.events->on_readable();
    EXPECT(t.turns(), "rest");
    EXPECT(t.received.size() == 5 && t.ended == 1, "all five, then the end");
    EXPECT(t.why.layer_code() == 1008, "as the peer told it");
  }
}

void a_close_from_a_handler_that_has_paused_finds_the_peers_answer_behind(void**) {
  SessionWorld t;
  t.on_text = [&](std::string_view) {
    t.session.pause_reading();
    t.session.close(1000, "");
  };
  t.say(std::string("\x81\x01x\x88\x02\x03\xE8", 7));
  t.run(100ms);
  t.host.latest().finish();
  t.run(100ms);
  EXPECT(t.ended == 1 && !t.why, "a clean end at once, not after the close timeout");
}

void a_reset_after_the_closing_handshake_is_a_clean_end(void**) {
  SessionWorld t;
  t.session.close(1000, "");
  t.turn_soon();
  t.run();
  t.frame(Opcode::close, SessionWorld::close_payload(1000));
  t.run(20ms);
  t.host.latest().reset();
  t.run();
  EXPECT(t.ended == 1 && !t.why, "what comes after both close frames is no failure");
}

void a_write_that_fails_does_not_hide_what_the_peer_said_last(void**) {
  Scripted t;
  EXPECT(t.turns(), "rest");
  t.stream.write_works = false;
  t.stream.reads = {{IoStatus::ok, close_1008}, {IoStatus::error, {}}};
  t.push("too late");
  EXPECT(t.turns(), "rest");
  EXPECT(t.ended == 1, "an end");
  EXPECT(t.why.layer() == Layer::websocket && t.why.layer_code() == 1008,
         "the peer's close code, which decides whether to try again");
}

void a_write_that_fails_with_nothing_to_read_ends_with_the_streams_error(void**) {
  Scripted t;
  EXPECT(t.turns(), "rest");
  t.stream.write_works = false;
  t.push("too late");
  EXPECT(t.turns(), "rest");
  EXPECT(t.ended == 1 && t.why.layer() == Layer::system && t.why.layer_code() == 104, "the stream's error");

  Scripted paused;
  EXPECT(paused.turns(), "rest");
  paused.session.pause_reading();
  paused.stream.write_works = false;
  paused.push("too late");
  EXPECT(paused.turns(), "rest");
  EXPECT(paused.ended == 1 && paused.why.layer() == Layer::system, "the same though nobody reads");

  Scripted later;
  EXPECT(later.turns(), "rest");
  later.on_text = [&] { later.session.pause_reading(); };
  later.stream.write_works = false;
  later.stream.reads = {{IoStatus::ok, "\x81\x01x"}, {IoStatus::ok, "\x81\x01y"}};
  later.push("too late");
  EXPECT(later.turns(), "rest");
  EXPECT(later.ended == 0 && later.received.size() == 1, "a handler stops reading meanwhile: the rest waits");
  later.session.resume_reading();
  EXPECT(later.turns() && later.received.size() == 2, "the rest");
  later.session.resume_reading();
  EXPECT(later.turns() && later.ended == 1, "and then the end");
}

void what_arrived_before_a_write_failed_is_handed_up_after_a_pause(void**) {
  for (const bool goodbye : {true, false}) {
    Scripted t;
    EXPECT(t.turns(), "rest");
    t.session.pause_reading();
    t.stream.write_works = false;
    t.stream.reads = {{IoStatus::ok, "\x81\x01x"}, {IoStatus::ok, "\x81\x01y"}};
    if (goodbye) t.stream.reads.push_back({IoStatus::ok, close_1008});
    t.stream.reads.push_back({IoStatus::error, {}});
    t.push("too late");
    EXPECT(t.turns(), "rest, without a turn that does nothing");
    EXPECT(t.ended == 0 && t.received.empty(), "nothing is handed up, nothing is told");
    t.session.resume_reading();
    EXPECT(t.turns(), "rest");
    EXPECT(t.received.size() == 2 && t.ended == 1, "both messages, then the end");
    EXPECT(t.why.layer_code() == (goodbye ? 1008 : 104), "why the line ended");
  }
}

void a_line_that_breaks_in_a_pause_can_be_closed(void**) {
  Scripted t;
  EXPECT(t.turns(), "rest");
  t.session.pause_reading();
  t.stream.write_works = false;
  t.stream.reads = {{IoStatus::ok, "\x81\x01x"}};
  t.push("too late");
  EXPECT(t.turns() && t.ended == 0, "rest");
  t.session.close(1000, "");
  EXPECT(t.turns() && t.ended == 1 && t.received.empty(), "an end at once, nothing more handed up");
}

// A stream may find its end right behind bytes. One that is read outside of its events cannot tell of it.
void an_end_behind_bytes_read_in_a_turn_is_found_without_an_event(void**) {
  Scripted t;
  t.stream.reads = {{IoStatus::ok, std::string("\x81\x01x", 3)}, {IoStatus::end, {}}};
  EXPECT(t.turns(), "rest");
  EXPECT(t.received.size() == 1, "the message");
  EXPECT(t.ended == 1 && t.why.layer_code() == 1006, "the end behind it");
}

void nothing_of_ours_stays_in_the_write_buffer_after_the_end(void**) {
  Scripted t;
  EXPECT(t.turns(), "rest");
  t.push(std::string(200, 's'));
  EXPECT(t.turns(), "rest");
  t.push("x");
  EXPECT(t.turns(), "rest");
  t.session.abort(Error(ErrorKind::connection, "enough"));
  EXPECT(t.turns(), "rest");
  EXPECT(t.ended == 1, "an end");
  for (const std::byte byte : t.write) EXPECT(byte == std::byte{0}, "a wiped write buffer");
}

void a_mask_that_cannot_be_drawn_writes_nothing_more(void**) {
  Scripted t;
  EXPECT(t.turns(), "rest");
  t.port.set_random_works(false);
  t.push("one");
  EXPECT(t.turns(), "rest");
  EXPECT(t.stream.written.empty() && t.ended == 1, "an end without a byte");
}

void everything_is_refused_or_ignored_when_it_is_over(void**) {
  Scripted t;
  EXPECT(t.turns(), "rest");
  t.session.abort(Error(ErrorKind::connection, "enough"));
  t.session.abort(Error(ErrorKind::connection, "again"));
  t.session.close(1000, "");
  t.session.pause_reading();
  t.session.resume_reading();
  EXPECT(t.session.next_deadline() == never, "no deadline while the stream closes");
  EXPECT(t.turns(), "rest");
  EXPECT_TEXT(t.why.message(), "enough");
  EXPECT(!t.session.active() && t.session.next_deadline() == never, "idle");
  t.session.on_turn();
  EXPECT(t.ended == 1, "one end");
}

void a_close_reason_is_cut_between_characters_and_an_invalid_code_is_left_out(void**) {
  SessionWorld t;
  std::string reason(122, 'a');
  reason += "\xC3\xA9";  // 124 bytes: the last character does not fit into 123
  t.session.close(4000, reason);
  t.turn_soon();
  t.run();
  EXPECT_TEXT(t.far.log.at(0), "close:4000:" + std::string(122, 'a'));
  SessionWorld u;
  u.session.close(1005, "never on the wire");
  u.turn_soon();
  u.run();
  EXPECT_TEXT(u.far.log.at(0), "close:1005:");
}

void messages_behind_our_close_are_not_handed_up(void**) {
  SessionWorld t;
  t.session.close(1000, "");
  t.turn_soon();
  t.run();
  t.frame(Opcode::text, "late");
  t.frame(Opcode::ping, "late");
  t.frame(Opcode::binary, std::string(70 * 1024, 'l'));
  t.run();
  EXPECT(t.received.empty() && t.discarded == 0 && t.far.log.size() == 1,
         "nothing up, no pong after the close");
  SessionConfig config;
  config.too_large = ws::TooLarge::stream;
  SessionWorld u(ws::Role::client, config);
  u.session.close(1000, "");
  u.turn_soon();
  u.run();
  u.frame(Opcode::binary, std::string(70 * 1024, 'l'));
  u.run();
  EXPECT(u.received.empty(), "no pieces either");
}

void garbage_after_our_close_ends_with_what_was_wrong(void**) {
  SessionWorld t;
  t.session.close(1000, "");
  t.turn_soon();
  t.run();
  t.say("\xC1\x01x");
  t.run(1100ms);
  EXPECT(t.ended == 1 && t.why.kind() == ErrorKind::protocol, "the broken rule by name");
  EXPECT(t.far.log.size() == 1 && t.statistics.protocol_errors == 1, "one close frame only");
}

void a_pong_nobody_asked_for_measures_nothing(void**) {
  SessionWorld t;
  t.frame(Opcode::pong, "unasked");
  t.run();
  EXPECT(t.statistics.pongs_received == 1 && !t.statistics.round_trip, "counted, not measured");
}

void pings_that_come_together_are_each_answered_in_their_order(void**) {
  SessionWorld t;
  std::vector<std::string> expected;
  for (int i = 0; i < 10; ++i) {
    t.frame(Opcode::ping, std::to_string(i));
    expected.push_back("pong:" + std::to_string(i));
  }
  t.run();
  EXPECT(t.far.log == expected, "ten pongs, in the order of the pings");
}

void a_flood_of_pings_that_cannot_be_answered_keeps_the_latest(void**) {
  sim::NetworkProfile narrow;
  narrow.buffer_bytes = 4096;
  SessionWorld t(ws::Role::client, {}, narrow);
  t.far_reads = false;
  const std::string filler(121, 'p');
  for (int i = 1000; i < 2000; ++i) {
    t.frame(Opcode::ping, std::to_string(i) + filler);
    t.run(1ms);
  }
  EXPECT(t.session.is_open(), "a peer that does not read to be borne");
  t.far_reads = true;
  t.read_far(t.host.latest());
  t.run(10s);
  EXPECT(t.far.log.size() > 100 && t.far.log.size() < 1000, "as many pongs as had room, not one for each");
  EXPECT(std::is_sorted(t.far.log.begin(), t.far.log.end()), "pongs in the order of the pings");
  EXPECT_TEXT(t.far.log.back(), "pong:1999" + filler);
}

void what_comes_behind_the_peers_close_is_thrown_away(void**) {
  SessionWorld t;
  t.frame(Opcode::close, SessionWorld::close_payload(1001));
  t.run(20ms);
  t.frame(Opcode::text, "late");
  t.run(20ms);
  t.host.latest().finish();
  t.run();
  EXPECT(t.received.empty() && t.ended == 1 && t.why.layer_code() == 1001, "nothing handed up");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(pausing_and_resuming_inside_a_handler_loses_nothing),
      cmocka_unit_test(handlers_that_pause_and_resume_hear_the_peers_last_words),
      cmocka_unit_test(a_close_from_a_handler_that_has_paused_finds_the_peers_answer_behind),
      cmocka_unit_test(a_reset_after_the_closing_handshake_is_a_clean_end),
      cmocka_unit_test(a_write_that_fails_does_not_hide_what_the_peer_said_last),
      cmocka_unit_test(a_write_that_fails_with_nothing_to_read_ends_with_the_streams_error),
      cmocka_unit_test(what_arrived_before_a_write_failed_is_handed_up_after_a_pause),
      cmocka_unit_test(a_line_that_breaks_in_a_pause_can_be_closed),
      cmocka_unit_test(an_end_behind_bytes_read_in_a_turn_is_found_without_an_event),
      cmocka_unit_test(nothing_of_ours_stays_in_the_write_buffer_after_the_end),
      cmocka_unit_test(a_mask_that_cannot_be_drawn_writes_nothing_more),
      cmocka_unit_test(everything_is_refused_or_ignored_when_it_is_over),
      cmocka_unit_test(a_close_reason_is_cut_between_characters_and_an_invalid_code_is_left_out),
      cmocka_unit_test(messages_behind_our_close_are_not_handed_up),
      cmocka_unit_test(garbage_after_our_close_ends_with_what_was_wrong),
      cmocka_unit_test(a_pong_nobody_asked_for_measures_nothing),
      cmocka_unit_test(pings_that_come_together_are_each_answered_in_their_order),
      cmocka_unit_test(a_flood_of_pings_that_cannot_be_answered_keeps_the_latest),
      cmocka_unit_test(what_comes_behind_the_peers_close_is_thrown_away),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
