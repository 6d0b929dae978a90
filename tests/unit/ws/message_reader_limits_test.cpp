// Messages larger than the limit, or without a buffer, under each policy.
#include "ws/message_reader.hpp"

#include "recorder.hpp"
#include "support/cmocka.hpp"

using namespace kedge;
using namespace kedge::ws;
using test::Bench;
using test::frame;

static const std::size_t splits[] = {0, 1, 3, 50};

static void a_message_of_exactly_the_limit_is_handed_up_whole(void**) {
  for (const std::size_t step : splits) {
    Bench bench(Role::client, TooLarge::close, 10, 10);
    EXPECT(bench.feed(frame(Opcode::text, "0123456789") + frame(Opcode::text, "01234", false) +
                          frame(Opcode::continuation, "56789"),
                      step),
           "no error");
    EXPECT_TEXT(bench.events.all(), "text:0123456789|text:0123456789|");
  }
}

static void discard_skips_the_message_reports_it_and_keeps_the_line(void**) {
  const std::string wire = frame(Opcode::binary, std::string(11, 'x')) + frame(Opcode::text, "12345", false) +
                           frame(Opcode::ping, "p") + frame(Opcode::continuation, "123456", false) +
                           frame(Opcode::continuation, "7") + frame(Opcode::text, "after");
  for (const std::size_t step : splits) {
    Bench bench(Role::client, TooLarge::discard, 10, 10);
    EXPECT(bench.feed(wire, step), "no error");
    EXPECT_TEXT(bench.events.all(), "discarded binary:11|ping:p|discarded text:12|text:after|");
    EXPECT(bench.buffers.lent == 0, "the buffer returned");
  }
}

static void what_is_discarded_must_still_be_utf_8(void**) {
  Bench bench(Role::client, TooLarge::discard, 4, 4);
  EXPECT(!bench.feed(frame(Opcode::text, "too long \xFF")) && bench.error.layer_code() == 1007, "1007");
}

static void close_fails_with_1009_at_the_header(void**) {
  for (const std::string& wire :
       {frame(Opcode::binary, std::string(11, 'x')).substr(0, 3),
        frame(Opcode::text, "12345678", false) + frame(Opcode::continuation, "901")}) {
    Bench bench(Role::client, TooLarge::close, 10, 10);
    EXPECT(!bench.feed(wire), "a refusal");
    EXPECT(bench.error.kind() == ErrorKind::too_large && bench.error.layer_code() == 1009, "too_large, 1009");
    EXPECT(bench.error.layer() == Layer::websocket, "from the websocket layer");
    EXPECT(bench.events.log.empty() && bench.buffers.lent == 0, "nothing handed up, the buffer returned");
  }
}

static void a_length_of_2_to_the_63_less_1_is_only_a_number(void**) {
  const std::string header("\x82\x7F\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFFx", 11);
  Bench closing(Role::client, TooLarge::close);
  EXPECT(!closing.feed(header) && closing.error.layer_code() == 1009, "1009");
  Bench discarding(Role::client, TooLarge::discard);
  EXPECT(discarding.feed(header + std::string(10000, 'x')), "skipped, without a buffer of that size");
  EXPECT(discarding.events.log.empty() && discarding.buffers.loans == 0, "nothing reported before its end");
  // A second frame whose length would wrap the sum of both.
  Bench summing(Role::client, TooLarge::close);
  EXPECT(!summing.feed(frame(Opcode::binary, "abc", false) + std::string("\x80", 1) + header.substr(1)) &&
             summing.error.layer_code() == 1009,
         "1009");
}

/// The beginning of a frame of 2^32 + 5 bytes: a size_t of 32 bits would make 5 of it.
static std::string frame_beyond_32_bits(Opcode opcode, std::string_view payload) {
  std::string wire("\x80\x7F\x00\x00\x00\x01\x00\x00\x00\x05", 10);
  wire[0] = static_cast<char>(0x80U | static_cast<unsigned>(opcode));
  return wire.append(payload);
}

static void a_length_beyond_32_bits_is_not_cut_down_to_32(void**) {
  const std::string five_and_a_frame =
      frame_beyond_32_bits(Opcode::binary, "12345") + frame(Opcode::ping, "p");
  for (const std::size_t step : splits) {
    Bench closing(Role::client, TooLarge::close, 10, 10);
    EXPECT(!closing.feed(five_and_a_frame, step) && closing.error.layer_code() == 1009, "1009");
    EXPECT_TEXT(closing.events.all(), "");
    Bench discarding(Role::client, TooLarge::discard, 10, 10);
    EXPECT(discarding.feed(five_and_a_frame, step), "skipped");
    EXPECT_TEXT(discarding.events.all(), "");
    // A part of 2^32 + 5 bytes behind one that is kept.
    Bench joining(Role::client, TooLarge::discard, 10, 10);
    EXPECT(joining.feed(
               frame(Opcode::text, "abc", false) + frame_beyond_32_bits(Opcode::continuation, "12345"), step),
           "skipped");
    EXPECT_TEXT(joining.events.all(), "");
  }
  Bench streaming(Role::client, TooLarge::stream, 10, 10);
  EXPECT(streaming.feed(five_and_a_frame), "handed up");
  std::string payload;
  for (const std::string& piece : streaming.events.log) {
    EXPECT(!test::contains(piece.substr(0, piece.find(':')), "last"), "the end to be 2^32 bytes away");
    payload += piece.substr(piece.find(':') + 1);
  }
  EXPECT_TEXT(payload, "12345" + frame(Opcode::ping, "p"));
}

/// Joins the pieces, and checks that the first and only the first is called first, the last last.
static std::string joined_pieces(const std::vector<std::string>& log, const std::string& type) {
  std::string payload;
  for (std::size_t i = 0; i < log.size(); ++i) {
    std::string prefix = type;
    if (i == 0) prefix += " first";
    if (i + 1 == log.size()) prefix += " last";
    prefix += " piece:";
    EXPECT_TEXT(std::string_view(log[i]).substr(0, prefix.size()), prefix);
    payload += log[i].substr(prefix.size());
  }
  return payload;
}

static void stream_hands_up_pieces_that_make_the_message(void**) {
  std::string payload;
  for (int i = 0; i < 3000; ++i) payload += "\xC3\xA4 " + std::to_string(i);
  for (const std::size_t step : {0U, 1U, 100U, 5000U}) {
    Bench bench(Role::client, TooLarge::stream, 10, 10);
    EXPECT(bench.feed(frame(Opcode::text, payload), step), "no error");
    EXPECT_TEXT(joined_pieces(bench.events.log, "text"), payload);
    EXPECT(bench.buffers.loans == 0, "no buffer for what is known to be too large");
  }
}

static void the_first_piece_is_everything_buffered_so_far(void**) {
  Bench bench(Role::client, TooLarge::stream, 10, 10);
  EXPECT(bench.feed(frame(Opcode::text, "1234", false) + frame(Opcode::continuation, "5678", false) +
                    frame(Opcode::continuation, "90abc", false) + frame(Opcode::continuation, "")),
         "no error");
  EXPECT_TEXT(bench.events.all(), "text first piece:12345678|text piece:90abc|text last piece:|");
  EXPECT(bench.buffers.lent == 0, "the buffer returned");
}

static void pieces_wait_when_the_first_one_pauses(void**) {
  for (const std::size_t step : {0U, 1U, 3U}) {
    Bench bench(Role::client, TooLarge::stream, 10, 10);
    bench.events.pauses = &bench.reader;
    const std::string wire = frame(Opcode::text, "12345678", false) + frame(Opcode::continuation, "90abc") +
                             frame(Opcode::text, "after");
    std::span<const std::byte> rest = test::as_bytes(wire);
    std::size_t events = 0;
    for (int turn = 0; turn < 100; ++turn) {
      std::size_t taken = 0;
      EXPECT(bench.reader
                 .feed(rest.first(step == 0 ? rest.size() : std::min<std::size_t>(step, rest.size())), &taken,
                       bench.events)
                 .ok(),
             "no error");
      rest = rest.subspan(taken);
      EXPECT(bench.events.log.size() <= ++events, "one event a feed at most");
      events = bench.events.log.size();
    }
    EXPECT_TEXT(bench.events.log.back(), "text:after");
    bench.events.log.pop_back();
    EXPECT_TEXT(joined_pieces(bench.events.log, "text"), "1234567890abc");
    EXPECT_TEXT(bench.events.log[0], "text first piece:12345678");
  }
}

static void a_pause_at_the_first_piece_is_forgotten_with_the_connection(void**) {
  Bench bench(Role::client, TooLarge::stream, 10, 10);
  bench.events.pauses = &bench.reader;
  std::size_t taken = 0;
  const std::string wire = frame(Opcode::text, "12345678", false) + frame(Opcode::continuation, "90abc");
  EXPECT(bench.reader.feed(test::as_bytes(wire), &taken, bench.events).ok(), "no error");
  EXPECT_TEXT(bench.events.all(), "text first piece:12345678|");
  EXPECT(bench.reader.open().ok() && bench.feed(frame(Opcode::text, "new")), "a fresh start");
  EXPECT_TEXT(bench.events.all(), "text first piece:12345678|text:new|");
}

static void without_a_buffer_the_policy_for_too_large_holds(void**) {
  const std::string wire = frame(Opcode::text, "12", false) + frame(Opcode::continuation, "34");
  Bench discarding(Role::client, TooLarge::discard);
  discarding.buffers.exhausted = true;
  EXPECT(discarding.feed(wire), "no error");
  EXPECT_TEXT(discarding.events.all(), "discarded text:4|");
  Bench streaming(Role::client, TooLarge::stream);
  streaming.buffers.exhausted = true;
  EXPECT(streaming.feed(wire), "no error");
  EXPECT_TEXT(streaming.events.all(), "text first piece:12|text last piece:34|");
  Bench closing(Role::client, TooLarge::close);
  closing.buffers.exhausted = true;
  EXPECT(!closing.feed(wire) && closing.error.layer_code() == 1009, "1009");
}

static void a_buffer_smaller_than_the_limit_bounds_what_is_joined(void**) {
  Bench bench(Role::client, TooLarge::discard, 100, 8);
  EXPECT(bench.feed(frame(Opcode::text, "123456789", true) + frame(Opcode::text, "12345", false) +
                    frame(Opcode::continuation, "6789")),
         "no error");
  EXPECT_TEXT(bench.events.all(), "text:123456789|discarded text:9|");
}

static void a_limit_of_0_still_lets_empty_messages_through(void**) {
  Bench bench(Role::client, TooLarge::discard, 0, 0);
  EXPECT(bench.feed(frame(Opcode::text, "") + frame(Opcode::text, "x")), "no error");
  EXPECT_TEXT(bench.events.all(), "text:|discarded text:1|");
}

static void a_fixed_buffer_serves_one_message_after_the_other(void**) {
  std::array<std::byte, 8> memory{};
  SingleMessageBuffer buffer(memory);
  MessageReader reader(Role::client, TooLarge::close, 8, buffer);
  test::Recorder events;
  EXPECT(reader.open().ok(), "an open reader");
  const std::string message = frame(Opcode::text, "1234", false) + frame(Opcode::continuation, "5678");
  std::size_t taken = 0;
  EXPECT(reader.feed(test::as_bytes(message + message), &taken, events).ok(), "no error");
  EXPECT_TEXT(events.all(), "text:12345678|text:12345678|");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_message_of_exactly_the_limit_is_handed_up_whole),
      cmocka_unit_test(discard_skips_the_message_reports_it_and_keeps_the_line),
      cmocka_unit_test(what_is_discarded_must_still_be_utf_8),
      cmocka_unit_test(close_fails_with_1009_at_the_header),
      cmocka_unit_test(a_length_of_2_to_the_63_less_1_is_only_a_number),
      cmocka_unit_test(a_length_beyond_32_bits_is_not_cut_down_to_32),
      cmocka_unit_test(stream_hands_up_pieces_that_make_the_message),
      cmocka_unit_test(the_first_piece_is_everything_buffered_so_far),
      cmocka_unit_test(pieces_wait_when_the_first_one_pauses),
      cmocka_unit_test(a_pause_at_the_first_piece_is_forgotten_with_the_connection),
      cmocka_unit_test(without_a_buffer_the_policy_for_too_large_holds),
      cmocka_unit_test(a_buffer_smaller_than_the_limit_bounds_what_is_joined),
      cmocka_unit_test(a_limit_of_0_still_lets_empty_messages_through),
      cmocka_unit_test(a_fixed_buffer_serves_one_message_after_the_other),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
