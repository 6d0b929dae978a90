#include "session_fixture.hpp"

#include <set>

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;
using ws::Opcode;

namespace {

void a_message_goes_out_masked_and_is_reported_sent(void**) {
  SessionWorld t;
  EXPECT(t.push("hello", {.tag = 7}).ok(), "room");
  t.run();
  EXPECT(t.far.log.size() == 1, "one message at the far end");
  EXPECT_TEXT(t.far.log[0], "text:hello");
  EXPECT((static_cast<unsigned char>(t.raw[1]) & 0x80U) != 0, "the mask bit of a client's frame");
  EXPECT(t.sent_tags == std::vector<std::uint64_t>{7}, "the entry to be reported sent");
  EXPECT(t.ring.count() == 0, "its room to be given back");
}

void each_frame_has_a_mask_key_of_its_own(void**) {
  SessionWorld t;
  for (int i = 0; i < 32; ++i) EXPECT(t.push("x").ok(), "room");
  t.run();
  std::set<std::string> keys;
  for (std::size_t at = 0; at + 7 <= t.raw.size(); at += 7) keys.insert(t.raw.substr(at + 2, 4));
  EXPECT(keys.size() == 32, "32 different keys");
}

void many_messages_go_out_with_one_write(void**) {
  SessionWorld t;
  const std::uint64_t before = t.statistics.writes;
  for (int i = 0; i < 50; ++i) EXPECT(t.push("message").ok(), "room");
  t.run();
  EXPECT(t.far.log.size() == 50, "fifty messages at the far end");
  EXPECT(t.statistics.writes - before == 1, "one write for one turn");
}

void a_large_message_goes_out_in_fragments_and_a_pong_goes_between_them(void**) {
  sim::NetworkProfile slow;
  slow.buffer_bytes = 4096;
  SessionWorld t(ws::Role::client, {}, slow);
  const std::string large(60 * 1024, 'a');
  t.far_reads = false;
  EXPECT(t.push(large).ok(), "room");
  t.run();
  t.frame(Opcode::ping, "now");
  t.run();
  t.far_reads = true;
  t.read_far(t.host.latest());
  t.run(10s);
  EXPECT(t.far.log.size() == 2, "a pong and a message");
  EXPECT_TEXT(t.far.log[0], "pong:now");
  EXPECT_TEXT(t.far.log[1], "text:" + large);
}

void urgent_goes_before_normal_before_low_in_order_within_each(void**) {
  SessionWorld t;
  EXPECT(t.push("low 1", {.priority = Priority::low}).ok(), "room");
  EXPECT(t.push("normal 1").ok(), "room");
  EXPECT(t.push("urgent 1", {.priority = Priority::urgent}).ok(), "room");
  EXPECT(t.push("low 2", {.priority = Priority::low}).ok(), "room");
  EXPECT(t.push("urgent 2", {.priority = Priority::urgent}).ok(), "room");
  t.run();
  const std::vector<std::string> expected = {"text:urgent 1", "text:urgent 2", "text:normal 1", "text:low 1",
                                             "text:low 2"};
  EXPECT(t.far.log == expected, "urgent, normal, low, each in order");
}

void a_ping_is_answered_with_its_payload(void**) {
  SessionWorld t;
  t.frame(Opcode::ping, std::string(125, 'p'));
  t.run();
  EXPECT_TEXT(t.far.log.at(0), "pong:" + std::string(125, 'p'));
}

void messages_are_handed_up_joined_with_control_frames_between(void**) {
  SessionWorld t;
  t.frame(Opcode::text, "one ", false);
  t.frame(Opcode::ping, "");
  t.frame(Opcode::continuation, "message");
  t.run();
  EXPECT(t.received.size() == 1, "one message");
  EXPECT_TEXT(t.received[0], "one message");
  EXPECT_TEXT(t.far.log.at(0), "pong:");
}

void counters_go_on_beyond_32_bits(void**) {
  SessionWorld t;
  constexpr std::uint64_t most = 0xFFFFFFFF;
  Statistics& counted = t.statistics;
  counted.messages_in = counted.messages_out = counted.message_bytes_in = counted.message_bytes_out = most;
  counted.stream_bytes_in = counted.stream_bytes_out = counted.reads = counted.writes = most;
  t.frame(Opcode::text, "four");
  EXPECT(t.push("three"), "room");
  t.run();
  EXPECT(counted.messages_in == most + 1 && counted.messages_out == most + 1, "messages");
  EXPECT(counted.message_bytes_in == most + 4 && counted.message_bytes_out == most + 5, "their bytes");
  EXPECT(counted.stream_bytes_in > most && counted.stream_bytes_out > most, "the stream's bytes");
  EXPECT(counted.reads > most && counted.writes > most, "calls");
}

void our_close_is_answered_and_ends_without_an_error(void**) {
  SessionWorld t;
  t.session.close(1000, "bye");
  t.turn_soon();
  t.run();
  EXPECT_TEXT(t.far.log.at(0), "close:1000:bye");
  EXPECT(t.ended == 0, "to wait for the answer");
  t.frame(Opcode::close, SessionWorld::close_payload(1000));
  t.run();
  EXPECT(t.ended == 0, "a client to let the server end the stream");
  t.host.latest().finish();
  t.run();
  EXPECT(t.ended == 1 && !t.why, "one end without an error");
}

void a_close_that_is_not_answered_ends_after_its_timeout(void**) {
  SessionWorld t;
  t.session.close(1000, "");
  t.turn_soon();
  t.run(4900ms);
  EXPECT(t.ended == 0, "still waiting");
  t.run(200ms);
  EXPECT(t.ended == 1 && t.why.kind() == ErrorKind::timeout, "a timeout by name");
}

void the_peers_close_is_echoed_and_told_with_code_and_reason(void**) {
  SessionWorld t;
  t.frame(Opcode::close, SessionWorld::close_payload(4000, "Another agent"));
  t.run();
  EXPECT_TEXT(t.far.log.at(0), "close:4000:");
  t.host.latest().finish();
  t.run();
  EXPECT(t.ended == 1, "one end");
  EXPECT(t.why.layer() == Layer::websocket && t.why.layer_code() == 4000,
         "the close code as the layer's code");
  EXPECT_TEXT(t.why.message(), "closed by the peer with 4000: Another agent");
}

void a_peer_that_closes_and_keeps_the_stream_open_is_left_after_a_second(void**) {
  SessionWorld t;
  t.frame(Opcode::close, "");
  t.run(1100ms);
  EXPECT_TEXT(t.far.log.at(0), "close:1005:");
  EXPECT(t.ended == 1 && t.why.layer_code() == 1005, "an end though the server did not end the stream");
}

void a_server_ends_the_stream_itself_after_the_handshake(void**) {
  SessionWorld t(ws::Role::server);
  t.frame(Opcode::close, SessionWorld::close_payload(1001));
  t.run();
  EXPECT_TEXT(t.far.log.at(0), "close:1001:");
  EXPECT(t.ended == 1 && t.far_ended, "the server to end the stream at once");
}

void a_server_sends_unmasked(void**) {
  SessionWorld t(ws::Role::server);
  EXPECT(t.push("plain").ok(), "room");
  t.run();
  EXPECT_TEXT(t.raw, "\x81\x05plain");
}

struct BadInput {
  const char* what;
  std::string bytes;
  const char* close;
};

void bad_frames_are_answered_with_the_right_close_code(void**) {
  using namespace std::string_literals;
  const BadInput inputs[] = {
      {"reserved bits", "\xC1\x01x"s, "close:1002"},
      {"an unknown opcode", "\x83\x01x"s, "close:1002"},
      {"a masked frame from a server", "\x81\x81\x01\x02\x03\x04x"s, "close:1002"},
      {"a fragmented ping", "\x09\x01x"s, "close:1002"},
      {"a ping of 126 bytes", "\x89\x7E\x00\x7E"s + std::string(126, 'x'), "close:1002"},
      {"a continuation without a start", "\x80\x01x"s, "close:1002"},
      {"a 64-bit length with the top bit", "\x82\x7F\x80\x00\x00\x00\x00\x00\x00\x00x"s, "close:1002"},
      {"invalid UTF-8", "\x81\x01\xFF"s, "close:1007"},
      {"close code 1005", "\x88\x02\x03\xED"s, "close:1002"},
      {"close code 999", "\x88\x02\x03\xE7"s, "close:1002"},
      {"a close payload of one byte", "\x88\x01\x03"s, "close:1002"},
  };
  for (const BadInput& input : inputs) {
    SessionWorld t;
    t.say(input.bytes);
    t.run();
    EXPECT(t.far.log.size() == 1, input.what);
    EXPECT_TEXT(t.far.log[0].substr(0, 10), input.close);
    t.run(1100ms);
    EXPECT(t.ended == 1 && t.why.kind() == ErrorKind::protocol, input.what);
    EXPECT(t.why.layer() == Layer::websocket && !t.why.message().empty(), "a layer and a reason");
  }
}

void what_is_too_large_follows_the_policy(void**) {
  const std::string large(70 * 1024, 'l');
  SessionWorld discard;
  discard.frame(Opcode::text, large);
  discard.frame(Opcode::text, "next");
  discard.run();
  EXPECT(discard.discarded == large.size(), "the size of what was skipped");
  EXPECT_TEXT(discard.received.at(0), "next");

  SessionConfig config;
  config.too_large = ws::TooLarge::stream;
  SessionWorld stream(ws::Role::client, config);
  stream.frame(Opcode::text, large);
  stream.run();
  EXPECT(stream.received.size() == 1 && stream.received[0] == large, "all of it in pieces");

  config.too_large = ws::TooLarge::close;
  SessionWorld close(ws::Role::client, config);
  close.frame(Opcode::text, large);
  close.run();
  EXPECT_TEXT(close.far.log.at(0).substr(0, 10), "close:1009");
  close.run(1100ms);
  EXPECT(close.why.kind() == ErrorKind::too_large, "too_large by name");
}

void keepalive_pings_after_silence_and_measures_the_round_trip(void**) {
  SessionWorld t;
  t.run(30s + 10ms);
  EXPECT(t.far.log.size() == 1 && t.far.log[0].starts_with("ping:"), "a ping after 30 s of silence");
  t.frame(Opcode::pong, t.far.log[0].substr(5));
  t.run();
  EXPECT(t.statistics.pongs_received == 1, "the pong to be counted");
  EXPECT(t.statistics.round_trip && *t.statistics.round_trip > 0ms && *t.statistics.round_trip < 50ms,
         "a round trip");
}

void traffic_postpones_the_ping(void**) {
  SessionWorld t;
  for (int i = 0; i < 10; ++i) {
    t.run(20s);
    t.frame(Opcode::text, "alive");
  }
  EXPECT(t.statistics.pings_sent == 0, "no ping while the peer speaks");
}

void a_silent_peer_is_given_up_after_the_pongs_timeout(void**) {
  SessionWorld t;
  t.world.cut_all(sim::Cut::silent);
  t.run(40s + 50ms);
  EXPECT(t.ended == 1 && t.why.kind() == ErrorKind::timeout, "a timeout by name within 40 s");
}

void a_reset_and_an_end_without_a_close_are_told_apart(void**) {
  SessionWorld reset;
  reset.world.cut_all(sim::Cut::reset);
  reset.run();
  EXPECT(reset.ended == 1 && reset.why.layer() == Layer::system, "the system's error");
  SessionWorld end;
  end.host.latest().finish();
  end.run();
  EXPECT(end.ended == 1 && end.why.layer_code() == 1006, "1006");
}

void pausing_loses_nothing_and_hands_nothing_up(void**) {
  SessionWorld t;
  t.on_text = [&](std::string_view text) {
    if (text == "2") t.session.pause_reading();
  };
  for (int i = 1; i <= 9; ++i) t.frame(Opcode::text, std::to_string(i));
  t.run(60s);
  EXPECT(t.received.size() == 2, "nothing after the pause");
  EXPECT(t.ended == 0, "no keepalive failure while paused");
  t.session.resume_reading();
  t.turn_soon();
  t.run();
  EXPECT(t.received.size() == 9, "all the rest after it");
}

void a_close_while_paused_still_finds_the_peers_answer(void**) {
  SessionWorld t;
  t.session.pause_reading();
  t.frame(Opcode::text, "unread");
  t.run();
  t.session.close(1000, "");
  t.turn_soon();
  t.run();
  t.frame(Opcode::close, SessionWorld::close_payload(1000));
  t.host.latest().finish();
  t.run();
  EXPECT(t.ended == 1 && !t.why && t.received.empty(), "a clean end, nothing handed up");
}

void a_reserved_message_leaves_no_trace_in_memory_once_it_is_sent(void**) {
  SessionWorld t;
  t.session.close_gate();
  EXPECT(t.push("credential-0123456789", {.reserved = true}).ok(), "room");
  EXPECT(t.holds("credential-0123456789"), "the message in the store, or this test proves nothing");
  t.run();
  EXPECT_TEXT(t.far.log.at(0), "text:credential-0123456789");
  EXPECT(!t.holds("credential"), "its bytes to be wiped from the store");
  EXPECT(!t.holds(t.raw.substr(6)), "its masked frame to be wiped from the write buffer");
}

void a_random_source_that_fails_ends_the_connection_by_name(void**) {
  SessionWorld t;
  t.port.set_random_works(false);
  EXPECT(t.push("secret").ok(), "room");
  t.run();
  EXPECT(t.ended == 1 && t.why.kind() == ErrorKind::connection, "an end");
  EXPECT(t.far.log.empty() && t.raw.empty(), "nothing to be sent unmasked");
}

void a_message_that_was_cut_off_is_kept_for_the_next_connection(void**) {
  sim::NetworkProfile slow;
  slow.buffer_bytes = 1000;
  SessionWorld t(ws::Role::client, {}, slow);
  t.far_reads = false;
  EXPECT(t.push(std::string(5000, 'x'), {.tag = 1}).ok(), "room");
  t.run();
  t.world.cut_all(sim::Cut::reset);
  t.run();
  EXPECT(t.ended == 1 && t.sent_tags.empty(), "not sent");
  EXPECT(t.ring.count() == 1 && t.ring.has_next(false), "still in the ring, to be sent from its first byte");
}

void everything_arrives_whole_over_rough_lines(void**) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    sim::NetworkProfile rough;
    rough.read_bytes_max = 7;
    rough.write_bytes_max = 13;
    rough.segment_bytes_max = 5;
    rough.write_block_permille = 200;
    rough.writable_delay_max = 3ms;
    SessionWorld t(ws::Role::client, {}, rough, Limits::tiny(), seed);
    std::vector<std::string> expected;
    for (std::size_t i = 0; i < 10; ++i) {
      const std::string text(static_cast<std::size_t>(t.world.rng().next() % 700),
                             static_cast<char>('a' + i));
      EXPECT(t.push(text).ok(), "room");
      expected.push_back("text:" + text);
      t.frame(Opcode::text, text);
    }
    t.run(25s);
    EXPECT(t.far.log == expected, "all messages out, in order");
    EXPECT(t.received.size() == 10, "all messages in");
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_message_goes_out_masked_and_is_reported_sent),
      cmocka_unit_test(each_frame_has_a_mask_key_of_its_own),
      cmocka_unit_test(many_messages_go_out_with_one_write),
      cmocka_unit_test(a_large_message_goes_out_in_fragments_and_a_pong_goes_between_them),
      cmocka_unit_test(urgent_goes_before_normal_before_low_in_order_within_each),
      cmocka_unit_test(a_ping_is_answered_with_its_payload),
      cmocka_unit_test(messages_are_handed_up_joined_with_control_frames_between),
      cmocka_unit_test(counters_go_on_beyond_32_bits),
      cmocka_unit_test(our_close_is_answered_and_ends_without_an_error),
      cmocka_unit_test(a_close_that_is_not_answered_ends_after_its_timeout),
      cmocka_unit_test(the_peers_close_is_echoed_and_told_with_code_and_reason),
      cmocka_unit_test(a_peer_that_closes_and_keeps_the_stream_open_is_left_after_a_second),
      cmocka_unit_test(a_server_ends_the_stream_itself_after_the_handshake),
      cmocka_unit_test(a_server_sends_unmasked),
      cmocka_unit_test(bad_frames_are_answered_with_the_right_close_code),
      cmocka_unit_test(what_is_too_large_follows_the_policy),
      cmocka_unit_test(keepalive_pings_after_silence_and_measures_the_round_trip),
      cmocka_unit_test(traffic_postpones_the_ping),
      cmocka_unit_test(a_silent_peer_is_given_up_after_the_pongs_timeout),
      cmocka_unit_test(a_reset_and_an_end_without_a_close_are_told_apart),
      cmocka_unit_test(pausing_loses_nothing_and_hands_nothing_up),
      cmocka_unit_test(a_close_while_paused_still_finds_the_peers_answer),
      cmocka_unit_test(a_reserved_message_leaves_no_trace_in_memory_once_it_is_sent),
      cmocka_unit_test(a_random_source_that_fails_ends_the_connection_by_name),
      cmocka_unit_test(a_message_that_was_cut_off_is_kept_for_the_next_connection),
      cmocka_unit_test(everything_arrives_whole_over_rough_lines),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
