// What a MessageReader refuses, with which close code, and whether it says why.
#include "ws/message_reader.hpp"

#include "recorder.hpp"
#include "support/cmocka.hpp"

using namespace kedge;
using namespace kedge::ws;
using test::Bench;
using test::close_frame;
using test::frame;

/// `wire` must fail with `code` and words that hold `why`, in any split, after the events in `before`.
static void expect_refused(std::string_view wire, int code, std::string_view why,
                           std::string_view before = {}, Role role = Role::client) {
  for (const std::size_t step : {0U, 1U, 2U, 5U}) {
    Bench bench(role);
    EXPECT(!bench.feed(wire, step), "a refusal");
    EXPECT(bench.error.kind() == ErrorKind::protocol && bench.error.layer() == Layer::websocket,
           "a protocol error of the websocket layer");
    EXPECT(bench.error.layer_code() == code, "the close code to answer with");
    EXPECT(bench.error.message().find(why) != std::string_view::npos, "words that say why");
    EXPECT_TEXT(bench.events.all(), before);
    EXPECT(bench.buffers.lent == 0, "no buffer kept after a failure");
    const Error first = bench.error;
    EXPECT(!bench.feed(frame(Opcode::text, "more")) && bench.error.layer_code() == code &&
               bench.error.message() == first.message(),
           "the same error again, and nothing more read");
    EXPECT_TEXT(bench.events.all(), before);
  }
}

static std::string with_first_byte(unsigned first, std::string wire) {
  wire[0] = static_cast<char>(first);
  return wire;
}

static void reserved_bits_are_refused(void**) {
  for (const unsigned bit : {0x40U, 0x20U, 0x10U}) {
    expect_refused(frame(Opcode::text, "good") + with_first_byte(0x81 | bit, frame(Opcode::text, "bad")),
                   1002, "reserved bits", "text:good|");
    expect_refused(with_first_byte(0x89 | bit, frame(Opcode::ping, "bad")), 1002, "reserved bits");
  }
}

static void unknown_opcodes_are_refused(void**) {
  for (unsigned opcode = 3; opcode <= 7; ++opcode) {
    expect_refused(with_first_byte(0x80 | opcode, frame(Opcode::text, "bad")), 1002, "unknown data opcode");
    expect_refused(with_first_byte(opcode, frame(Opcode::text, "bad")), 1002, "unknown data opcode");
  }
  for (unsigned opcode = 0xB; opcode <= 0xF; ++opcode) {
    expect_refused(with_first_byte(0x80 | opcode, frame(Opcode::ping, "bad")), 1002,
                   "unknown control opcode");
    expect_refused(with_first_byte(0x80 | opcode, frame(Opcode::ping, "")), 1002, "unknown control opcode");
  }
}

static void a_server_s_frame_may_not_be_masked(void**) {
  expect_refused(frame(Opcode::text, "hi", true, Role::client), 1002, "from a server is masked");
  expect_refused(frame(Opcode::ping, "", true, Role::client), 1002, "from a server is masked");
}

static void a_client_s_frame_must_be_masked(void**) {
  expect_refused(frame(Opcode::text, "hi"), 1002, "not masked", {}, Role::server);
  expect_refused(frame(Opcode::close, ""), 1002, "not masked", {}, Role::server);
}

static void fragmented_control_frames_are_refused(void**) {
  for (const Opcode opcode : {Opcode::ping, Opcode::pong, Opcode::close}) {
    expect_refused(frame(opcode, "cc", false), 1002, "control frame");
  }
}

static void control_frames_over_125_bytes_are_refused(void**) {
  for (const Opcode opcode : {Opcode::ping, Opcode::pong, Opcode::close}) {
    expect_refused(frame(opcode, std::string(126, 'x')), 1002, "125");
  }
}

static void a_continuation_needs_a_start(void**) {
  expect_refused(frame(Opcode::continuation, "x"), 1002, "continues nothing");
  expect_refused(frame(Opcode::continuation, "", false), 1002, "continues nothing");
  expect_refused(
      frame(Opcode::text, "a", false) + frame(Opcode::continuation, "b") + frame(Opcode::continuation, "c"),
      1002, "continues nothing", "text:ab|");
}

static void a_message_may_not_begin_inside_another(void**) {
  expect_refused(frame(Opcode::text, "a", false) + frame(Opcode::text, "b"), 1002, "inside a fragmented");
  expect_refused(frame(Opcode::binary, "", false) + frame(Opcode::binary, "b", false), 1002,
                 "inside a fragmented");
}

static void lengths_with_the_top_bit_or_not_in_the_shortest_form_are_refused(void**) {
  using namespace std::string_literals;
  expect_refused("\x82\x7F\x80\x00\x00\x00\x00\x00\x00\x01x"s, 1002, "length");
  expect_refused("\x82\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFFx"s, 1002, "length");
  expect_refused("\x82\x7F\x00\x00\x00\x00\x00\x00\xFF\xFFx"s, 1002, "length");
  expect_refused("\x82\x7E\x00\x7Dx"s, 1002, "length");
}

static void text_that_is_not_utf_8_is_refused_as_soon_as_it_cannot_be(void**) {
  expect_refused(frame(Opcode::text, "ab\xC0\xAF"), 1007, "not UTF-8");
  expect_refused(frame(Opcode::text, "\xED\xA0\x80"), 1007, "not UTF-8");
  expect_refused(frame(Opcode::text, "cut \xE2\x82"), 1007, "not UTF-8");
  // Split across fragments: valid beginnings, then a byte that cannot follow; the message never ends.
  expect_refused(frame(Opcode::text, "\xF0\x9F", false) + frame(Opcode::ping, "") +
                     frame(Opcode::continuation, "\x28rest", false),
                 1007, "not UTF-8", "ping:|");
  expect_refused(frame(Opcode::text, "\xE2\x82", false) + frame(Opcode::continuation, ""), 1007, "not UTF-8");
}

static void text_fails_within_a_frame_that_is_still_arriving(void**) {
  const std::string wire = frame(Opcode::text, "ab\xFF" + std::string(200, 'x'));
  Bench bench;
  EXPECT(!bench.feed(std::string_view(wire).substr(0, 10)), "no waiting for the frame's end");
  EXPECT(bench.error.layer_code() == 1007, "1007");
}

static void close_frames_that_break_the_rules_are_refused(void**) {
  expect_refused(frame(Opcode::close, "\x03"), 1002, "half a close code");
  for (const unsigned code : {0U, 999U, 1004U, 1005U, 1006U, 1015U, 1016U, 2999U, 5000U, 65535U}) {
    expect_refused(close_frame(code), 1002, "may not be sent");
    expect_refused(close_frame(code, "reason"), 1002, "may not be sent");
  }
  expect_refused(close_frame(1000, "\xFFreason"), 1007, "reason is not UTF-8");
  expect_refused(close_frame(1000, "cut \xE2\x82"), 1007, "reason is not UTF-8");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(reserved_bits_are_refused),
      cmocka_unit_test(unknown_opcodes_are_refused),
      cmocka_unit_test(a_server_s_frame_may_not_be_masked),
      cmocka_unit_test(a_client_s_frame_must_be_masked),
      cmocka_unit_test(fragmented_control_frames_are_refused),
      cmocka_unit_test(control_frames_over_125_bytes_are_refused),
      cmocka_unit_test(a_continuation_needs_a_start),
      cmocka_unit_test(a_message_may_not_begin_inside_another),
      cmocka_unit_test(lengths_with_the_top_bit_or_not_in_the_shortest_form_are_refused),
      cmocka_unit_test(text_that_is_not_utf_8_is_refused_as_soon_as_it_cannot_be),
      cmocka_unit_test(text_fails_within_a_frame_that_is_still_arriving),
      cmocka_unit_test(close_frames_that_break_the_rules_are_refused),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
