// What a MessageReader hands up. What it refuses: message_reader_errors_test.cpp; what is too large for it:
// message_reader_limits_test.cpp.
#include "ws/message_reader.hpp"

#include "recorder.hpp"
#include "support/cmocka.hpp"

#include <random>

using namespace kedge;
using namespace kedge::ws;
using test::Bench;
using test::frame;

static const std::size_t splits[] = {0, 1, 2, 3, 7, 64, 4096, 5000};

static void messages_arrive_in_any_split(void**) {
  const std::string wire = frame(Opcode::text, "hello") + frame(Opcode::binary, std::string(200, 'b')) +
                           frame(Opcode::text, "") + frame(Opcode::text, "last");
  for (const std::size_t step : splits) {
    Bench bench;
    EXPECT(bench.feed(wire, step), "no error");
    EXPECT_TEXT(bench.events.all(), "text:hello|binary:" + std::string(200, 'b') + "|text:|text:last|");
    EXPECT(bench.buffers.lent == 0, "the buffer returned");
  }
}

static void a_server_unmasks(void**) {
  const std::string wire =
      frame(Opcode::text, "from a client", true, Role::client) + frame(Opcode::ping, "p", true, Role::client);
  for (const std::size_t step : splits) {
    Bench bench(Role::server);
    EXPECT(bench.feed(wire, step), "no error");
    EXPECT_TEXT(bench.events.all(), "text:from a client|ping:p|");
  }
}

static void fragments_are_joined_and_control_frames_come_between_them(void**) {
  const std::string wire = frame(Opcode::text, "one ", false) + frame(Opcode::ping, "now") +
                           frame(Opcode::continuation, "", false) +
                           frame(Opcode::continuation, "two ", false) + frame(Opcode::pong, "") +
                           frame(Opcode::continuation, "three") + frame(Opcode::binary, "next");
  for (const std::size_t step : splits) {
    Bench bench;
    EXPECT(bench.feed(wire, step), "no error");
    EXPECT_TEXT(bench.events.all(), "ping:now|pong:|text:one two three|binary:next|");
    EXPECT(bench.buffers.lent == 0, "the buffer returned");
  }
}

static void empty_fragments_make_an_empty_message(void**) {
  Bench bench;
  EXPECT(bench.feed(frame(Opcode::binary, "", false) + frame(Opcode::continuation, "", false) +
                    frame(Opcode::continuation, "")),
         "no error");
  EXPECT_TEXT(bench.events.all(), "binary:|");
  EXPECT(bench.buffers.loans == 0, "no buffer for no bytes");
}

static void a_message_whole_in_one_read_borrows_no_buffer(void**) {
  Bench bench;
  std::string wire;
  for (int i = 0; i < 20; ++i) wire += frame(Opcode::text, std::string(64, 'x'));
  EXPECT(bench.feed(wire), "no error");
  EXPECT(bench.events.log.size() == 20 && bench.buffers.loans == 0,
         "twenty messages straight from the input");
}

static void a_message_larger_than_the_frame_library_s_buffer_is_assembled(void**) {
  std::string payload(70000, '\0');
  for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(i * 7 + i / 251);
  for (const Role from : {Role::server, Role::client}) {
    for (const std::size_t step : {std::size_t{0}, std::size_t{1000}, std::size_t{65536}}) {
      Bench bench(from == Role::server ? Role::client : Role::server, TooLarge::close, 70000, 70000);
      const std::string wire =
          frame(Opcode::binary, payload, true, from) + frame(Opcode::ping, "", true, from);
      EXPECT(bench.feed(wire, step), "no error");
      EXPECT_TEXT(bench.events.all(), "binary:" + payload + "|ping:|");
      EXPECT(bench.buffers.loans == 1 && bench.buffers.lent == 0, "one loan, returned");
    }
  }
}

static void text_may_be_cut_inside_a_character_by_fragments_and_reads(void**) {
  const std::string text = "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80z";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const std::string wire =
        frame(Opcode::text, text.substr(0, cut), false) + frame(Opcode::continuation, text.substr(cut));
    for (const std::size_t step : {0U, 1U, 3U}) {
      Bench bench;
      EXPECT(bench.feed(wire, step), "no error");
      EXPECT_TEXT(bench.events.all(), "text:" + text + "|");
    }
  }
}

static void the_close_frame_is_reported_and_ends_the_reading(void**) {
  for (const std::size_t step : {0U, 1U, 5U}) {
    Bench bench;
    EXPECT(bench.feed(test::close_frame(1000, "bye \xE2\x82\xAC") + frame(Opcode::text, "too late"), step),
           "what follows a close to be taken and ignored");
    EXPECT_TEXT(bench.events.all(), "close:1000:bye \xE2\x82\xAC|");
  }
  Bench no_code;
  EXPECT(no_code.feed(frame(Opcode::close, "") + "\xFF\xFF\xFF"), "what follows a close to be ignored");
  EXPECT_TEXT(no_code.events.all(), "close:1005:|");
  Bench private_code;
  EXPECT(private_code.feed(test::close_frame(4999)), "a code of the private range");
  EXPECT_TEXT(private_code.events.all(), "close:4999:|");
}

static void control_frames_of_125_bytes_arrive_in_any_split(void**) {
  const std::string payload(125, 'p');
  const std::string wire = frame(Opcode::ping, payload) + frame(Opcode::pong, payload) +
                           test::close_frame(1001, std::string(123, 'r'));
  for (const std::size_t step : splits) {
    Bench bench;
    EXPECT(bench.feed(wire, step), "no error");
    EXPECT_TEXT(bench.events.all(),
                "ping:" + payload + "|pong:" + payload + "|close:1001:" + std::string(123, 'r') + "|");
  }
}

static void after_a_pause_nothing_comes_before_the_next_feed_and_nothing_is_lost(void**) {
  const std::string wire =
      frame(Opcode::text, "one") + frame(Opcode::ping, "two") + frame(Opcode::text, "three");
  Bench bench;
  bench.events.pauses = &bench.reader;
  std::size_t taken = 0;
  std::span<const std::byte> rest = test::as_bytes(wire);
  EXPECT(bench.reader.feed(rest, &taken, bench.events).ok(), "no error");
  EXPECT_TEXT(bench.events.all(), "text:one|");
  rest = rest.subspan(taken);
  EXPECT(bench.reader.feed(rest, &taken, bench.events).ok(), "no error");
  EXPECT_TEXT(bench.events.all(), "text:one|ping:two|");
  rest = rest.subspan(taken);
  EXPECT(bench.reader.feed(rest, &taken, bench.events).ok(), "no error");
  EXPECT_TEXT(bench.events.all(), "text:one|ping:two|text:three|");
  rest = rest.subspan(taken);
  EXPECT(rest.empty(), "all taken");
}

static void an_empty_feed_drives_what_the_frame_library_holds(void**) {
  std::string wire;
  for (int i = 0; i < 10; ++i) wire += frame(Opcode::text, std::to_string(i));
  Bench bench;
  bench.events.pauses = &bench.reader;
  std::size_t taken = 0;
  EXPECT(bench.reader.feed(test::as_bytes(wire), &taken, bench.events).ok(), "no error");
  EXPECT(taken == wire.size() && bench.events.log.size() == 1, "all taken, one handed up");
  for (std::size_t i = 1; i < 10; ++i) {
    EXPECT(bench.reader.feed({}, &taken, bench.events).ok() && taken == 0, "no error, nothing taken");
    EXPECT(bench.events.log.size() == i + 1, "one message for each feed");
  }
  EXPECT(bench.reader.feed({}, &taken, bench.events).ok() && bench.events.log.size() == 10, "and no more");
}

static void opening_again_forgets_everything_of_the_last_connection(void**) {
  Bench bench;
  EXPECT(bench.feed(frame(Opcode::text, "half \xE2\x82", false) + frame(Opcode::ping, "cut").substr(0, 3)),
         "no error");
  EXPECT(bench.buffers.lent == 1, "a buffer on loan for the open message");
  EXPECT(bench.reader.open().ok() && bench.buffers.lent == 0, "a fresh start with the buffer returned");
  EXPECT(bench.feed(frame(Opcode::text, "new")), "no error");
  EXPECT_TEXT(bench.events.all(), "text:new|");
}

static void a_closed_reader_says_so(void**) {
  Bench bench;
  EXPECT(bench.opened, "an open reader");
  bench.reader.close();
  EXPECT(!bench.feed("x") && bench.error.kind() == ErrorKind::closed, "closed");
  bench.reader.close();
}

/// A stream of frames that keeps the rules, of which some bytes are changed half the time.
static std::string perhaps_damaged_frames(std::minstd_rand& random) {
  const std::string texts[] = {"", "a", "\xE2\x82\xAC uro", std::string(120, 'x'), std::string(1200, 'y')};
  std::string wire;
  bool in_message = false;
  for (int i = 0; i < 12; ++i) {
    if (random() % 4 == 0) {
      wire += frame(random() % 2 == 0 ? Opcode::ping : Opcode::pong, texts[random() % 4]);
      continue;
    }
    const bool fin = random() % 3 != 0;
    const Opcode first = random() % 2 == 0 ? Opcode::text : Opcode::binary;
    wire += frame(in_message ? Opcode::continuation : first, texts[random() % 5], fin);
    in_message = !fin;
  }
  if (random() % 2 == 0) wire += test::close_frame(1000, "done");
  if (random() % 2 == 0) return wire;
  for (auto changes = 1 + random() % 3; changes > 0; --changes) {
    wire[random() % wire.size()] = static_cast<char>(random());
  }
  return wire;
}

static void damaged_input_reads_the_same_in_any_split_and_with_pauses(void**) {
  std::minstd_rand random(20240607);
  int refused = 0, finished = 0;
  for (int round = 0; round < 3000; ++round) {
    const std::string wire = perhaps_damaged_frames(random);
    Bench whole;
    const bool good = whole.feed(wire);
    Bench split;
    if (round % 2 == 0) split.events.pauses = &split.reader;
    bool split_good = split.feed(wire, 1 + random() % 40);
    for (int i = 0; split_good && i < 20; ++i) split_good = split.feed("");
    EXPECT(good == split_good, "the same verdict");
    EXPECT_TEXT(split.events.all(), whole.events.all());
    EXPECT_TEXT(split.error.message(), whole.error.message());
    (good ? finished : refused) += 1;
  }
  EXPECT(refused > 300 && finished > 300, "a mix of good and bad input");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(messages_arrive_in_any_split),
      cmocka_unit_test(a_server_unmasks),
      cmocka_unit_test(fragments_are_joined_and_control_frames_come_between_them),
      cmocka_unit_test(empty_fragments_make_an_empty_message),
      cmocka_unit_test(a_message_whole_in_one_read_borrows_no_buffer),
      cmocka_unit_test(a_message_larger_than_the_frame_library_s_buffer_is_assembled),
      cmocka_unit_test(text_may_be_cut_inside_a_character_by_fragments_and_reads),
      cmocka_unit_test(the_close_frame_is_reported_and_ends_the_reading),
      cmocka_unit_test(control_frames_of_125_bytes_arrive_in_any_split),
      cmocka_unit_test(after_a_pause_nothing_comes_before_the_next_feed_and_nothing_is_lost),
      cmocka_unit_test(an_empty_feed_drives_what_the_frame_library_holds),
      cmocka_unit_test(opening_again_forgets_everything_of_the_last_connection),
      cmocka_unit_test(a_closed_reader_says_so),
      cmocka_unit_test(damaged_input_reads_the_same_in_any_split_and_with_pauses),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
