// What the raw WebSocket client promises for messages that are sent in pieces.

#include "websocket_fixture.hpp"
#include "websocket_source.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;
using websocket::SendOptions;

namespace {

using Texts = std::vector<std::string>;

/// Nothing of it is larger than 4 KiB.
Limits limits_of_4_kib() {
  Limits limits = Limits::tiny();
  limits.outbound_bytes = 4096;
  return limits;
}

struct PiecesWorld : WebSocketWorld {
  explicit PiecesWorld(websocket::Config config = {})
      : WebSocketWorld(std::move(config), limits_of_4_kib()) {}
  Result<Handle> send_from(TextSource& source, std::optional<std::uint64_t> total = {},
                           MessageType type = MessageType::binary, const SendOptions& options = {}) {
    inside_call = true;
    auto sent = client->send_pieces(type, source, total, completion(), options);
    inside_call = false;
    return sent;
  }
  /// A message of which a part is at the peer, and no more is there yet.
  Handle half_out(TextSource& source, std::optional<std::uint64_t> total = {}) {
    connect();
    source.available = source.all.size() / 2;
    const Handle sent = *send_from(source, total);
    run(1s);
    EXPECT(source.at == source.available && ended.empty(), "half of it to be out");
    return sent;
  }
  void expect_line_ended(std::uint16_t code, ErrorKind kind) {
    EXPECT(all_ended(1), "the message to end");
    EXPECT_TEXT(to_string(ended[0].error.kind()), to_string(kind));
    EXPECT(world.run_until([&] { return gateway.connections() == 2 && client->state() == LinkState::ready; },
                           1min),
           "another line");
    EXPECT(gateway.connection(1)->close_code() == code, "the close code");
    EXPECT(gateway.connection(1)->messages().empty() && !gateway.failure(), "nothing came whole");
    EXPECT_TEXT(to_string(client->last_error().kind()), to_string(kind));
  }
};

void a_message_larger_than_any_buffer_goes_out(void**) {
  for (const bool told : {true, false}) {
    PiecesWorld t;
    t.connect();
    TextSource source(pattern(1'000'000));
    const auto handle = t.send_from(source, told ? std::optional<std::uint64_t>(1'000'000) : std::nullopt);
    EXPECT(handle.ok() && t.all_ended(1), "an end");
    EXPECT(t.ended[0].handle == *handle && !t.ended[0].error, "its own, and well");
    t.run(10s);
    EXPECT(t.arrived() == Texts{source.all}, "it came whole");
    EXPECT(t.client->statistics().messages_out == 1 && t.client->statistics().message_bytes_out == 1'000'000,
           "one message of a million bytes");
    EXPECT(t.client->statistics().queued == 0 && t.client->statistics().pending == 0, "nothing is left");
  }
}

void a_source_may_give_little_and_may_give_nothing(void**) {
  PiecesWorld t;
  t.connect();
  TextSource source(pattern(10'000));
  source.at_once = 3;
  source.available = 5'000;
  EXPECT(t.send_from(source).ok(), "room");
  t.run(20s);
  EXPECT(source.at == 5'000 && t.ended.empty(), "what is there");
  const int asked = source.asked;
  t.run(5s);
  EXPECT(source.asked <= asked + 1, "not asked again and again");
  source.available = 10'000;
  t.client->source_ready();
  EXPECT(t.all_ended(1) && !t.ended[0].error, "well");
  t.run(1s);
  EXPECT(t.arrived() == Texts{source.all}, "all of it, once");
}

void the_end_may_come_without_bytes_and_a_message_may_be_empty(void**) {
  PiecesWorld t;
  t.connect();
  TextSource source("text");
  source.ends = false;
  EXPECT(t.send_from(source, 4, MessageType::text).ok(), "room");
  t.run(1s);
  EXPECT(t.ended.empty() && source.at == 4, "it has not said that this was all");
  source.ends = true;
  t.client->source_ready();
  TextSource nothing("");
  EXPECT(t.send_from(nothing, 0).ok() && t.all_ended(2), "both end");
  t.run(1s);
  EXPECT((t.arrived() == Texts{"text", ""}), "both came");
}

void while_a_message_is_open_only_control_frames_pass(void**) {
  PiecesWorld t;
  TextSource source(pattern(10'000));
  (void)t.half_out(source);
  SendOptions urgent;
  urgent.priority = Priority::urgent;
  EXPECT(t.send("behind").ok() && t.send("urgent", urgent).ok(), "room");
  t.gateway.latest()->ping("are you there");
  t.run(1s);
  EXPECT_TEXT(std::string(t.gateway.latest()->last_pong()), "are you there");
  EXPECT(t.arrived().empty(), "nothing else");
  source.available = 10'000;
  t.client->source_ready();
  EXPECT(t.all_ended(3), "all three");
  t.run(1s);
  EXPECT((t.arrived() == Texts{source.all, "urgent", "behind"}), "behind it, by priority");
}

void a_source_that_has_nothing_for_too_long_ends_the_line(void**) {
  websocket::Config config;
  config.source_timeout = 5s;
  PiecesWorld t(std::move(config));
  TextSource source(pattern(10'000));
  (void)t.half_out(source);
  EXPECT(t.send("behind").ok(), "room");
  const Instant since = t.world.now();
  t.expect_line_ended(1001, ErrorKind::timeout);
  EXPECT(t.ended[0].when - since <= 5s && t.ended[0].when - since > 3s, "after 5 s");
  EXPECT(t.ended[0].error.may_have_run(), "a part of it was out");
  EXPECT(t.all_ended(2) && !t.ended[1].error, "what waited goes out on the next line");
  EXPECT(source.rewound == 0, "it has ended: nobody asks");
}

void a_source_that_says_in_time_that_it_has_something_is_waited_for(void**) {
  websocket::Config config;
  config.source_timeout = 5s;
  PiecesWorld t(std::move(config));
  TextSource source(pattern(10'000));
  (void)t.half_out(source);
  for (int i = 0; i < 10; ++i) {
    source.available += 500;
    t.client->source_ready();
    t.run(4s);
  }
  EXPECT(t.all_ended(1) && !t.ended[0].error && t.gateway.connections() == 1, "on the one line");
}

void a_source_that_never_began_ends_its_message_alone(void**) {
  websocket::Config config;
  config.source_timeout = 5s;
  PiecesWorld t(std::move(config));
  t.connect();
  TextSource source(pattern(100));
  source.available = 0;
  EXPECT(t.send_from(source).ok() && t.send("behind").ok(), "room");
  EXPECT(t.all_ended(2), "both end");
  EXPECT(t.ended[0].error.kind() == ErrorKind::timeout && !t.ended[0].error.may_have_run(), "nothing left");
  EXPECT(!t.ended[1].error && t.gateway.connections() == 1, "the line is kept");
}

void to_cancel_an_open_message_ends_the_line(void**) {
  PiecesWorld t;
  TextSource source(pattern(10'000));
  const Handle handle = t.half_out(source);
  const int asked = source.asked;
  EXPECT(t.client->cancel(handle), "cancelled");
  t.expect_line_ended(1001, ErrorKind::cancelled);
  EXPECT(source.asked == asked && source.rewound == 0, "its source is let go");
}

void to_cancel_a_message_that_waits_takes_it_back(void**) {
  PiecesWorld t;
  TextSource source(pattern(10'000));
  const Handle handle = *t.send_from(source);
  EXPECT(t.client->cancel(handle) && t.send("behind").ok(), "cancelled");
  t.connect();
  EXPECT(t.all_ended(2) && t.ended[0].error.kind() == ErrorKind::cancelled, "told");
  t.run(1s);
  EXPECT(t.arrived() == Texts{"behind"} && source.asked == 0 && t.gateway.connections() == 1, "the other");
}

void a_source_that_takes_its_own_message_back_harms_no_other(void**) {
  PiecesWorld t;
  TextSource source(pattern(100));
  const Handle handle = *t.send_from(source);
  source.on_fill = [&] { t.client->cancel(handle); };
  t.connect();
  for (const char* text : {"one", "two", "three"}) EXPECT(t.send(text).ok(), "room");
  t.run(10s);
  EXPECT(t.all_ended(4) && t.ended[0].error.kind() == ErrorKind::cancelled, "told");
  EXPECT((t.arrived() == Texts{"one", "two", "three"}) && source.asked == 1, "the others, in order");
}

void a_source_that_fails_ends_the_line_and_its_error_is_told(void**) {
  PiecesWorld t;
  TextSource source(pattern(10'000));
  (void)t.half_out(source);
  source.error = Error(ErrorKind::denied, "the file cannot be read any more");
  t.client->source_ready();
  t.expect_line_ended(1011, ErrorKind::denied);
  EXPECT_TEXT(std::string(t.ended[0].error.message()), "the file cannot be read any more");
}

void a_source_that_fails_is_no_refusal_of_the_peers(void**) {
  for (const Error& error : {Error(ErrorKind::config, "no file was named"),
                             Error(ErrorKind::protocol, Layer::http, 404, "no such page")}) {
    websocket::Config config;
    config.client.fatal_policy = FatalPolicy::stop;
    PiecesWorld t(std::move(config));
    TextSource source(pattern(10'000));
    (void)t.half_out(source);
    source.error = error;
    t.client->source_ready();
    t.expect_line_ended(1011, error.kind());
  }
}

void a_total_is_checked(void**) {
  for (const std::uint64_t total : {9'999U, 10'001U}) {
    PiecesWorld t;
    TextSource source(pattern(10'000));
    (void)t.half_out(source, total);
    source.available = 10'000;
    t.client->source_ready();
    t.expect_line_ended(1011, ErrorKind::config);
    EXPECT(t.ended[0].error.message().find(std::to_string(total)) != std::string_view::npos, "the total");
  }
}

void a_source_that_says_it_gave_more_than_fits_is_not_believed(void**) {
  PiecesWorld t;
  TextSource source(pattern(10'000));
  (void)t.half_out(source);
  source.lies = 100'000;
  t.client->source_ready();
  t.expect_line_ended(1011, ErrorKind::config);
}

void text_in_pieces_is_utf_8_as_a_whole(void**) {
  {
    PiecesWorld t;
    t.connect();
    TextSource source("na\xC3\xAFve \xF0\x9F\x98\x80");
    source.at_once = 1;
    EXPECT(t.send_from(source, {}, MessageType::text).ok() && t.all_ended(1), "an end");
    EXPECT(!t.ended[0].error, "characters may be cut by pieces");
    t.run(1s);
    EXPECT(t.arrived() == Texts{source.all}, "and come whole");
  }
  for (const char* wrong : {"cafe, caf\xE9, cafe", "cut: \xF0\x9F\x98"}) {
    PiecesWorld t;
    t.connect();
    TextSource source(wrong);
    source.at_once = 3;
    EXPECT(t.send_from(source, {}, MessageType::text).ok(), "room");
    t.expect_line_ended(1011, ErrorKind::config);
  }
}

void a_message_whose_line_is_lost_ends_unless_its_source_can_rewind(void**) {
  PiecesWorld t;
  TextSource source(pattern(10'000));
  (void)t.half_out(source);
  EXPECT(t.send("behind").ok(), "room");
  t.cut();
  EXPECT(t.all_ended(2), "both");
  EXPECT(t.ended[0].error.kind() == ErrorKind::connection && t.ended[0].error.may_have_run(), "lost");
  EXPECT(source.rewound == 1 && !t.ended[1].error, "asked once; the other goes out");
  t.run(1s);
  EXPECT(t.arrived() == Texts{"behind"}, "nothing of the first");
}

void a_source_that_rewinds_is_sent_again_from_the_beginning_in_its_old_place(void**) {
  PiecesWorld t;
  TextSource source(pattern(10'000));
  source.rewinds = true;
  (void)t.half_out(source, 10'000);
  TextSource other(pattern(5'000));
  EXPECT(t.send("behind").ok() && t.send_from(other).ok(), "room");
  t.cut();
  EXPECT(t.until(LinkState::ready), "back");
  t.run(1s);
  EXPECT(t.ended.empty() && source.at == 5'000 && source.rewound == 1, "again, as far as there is");
  t.cut();
  source.available = 10'000;
  EXPECT(t.all_ended(3), "all");
  for (const EndedMessage& message : t.ended) EXPECT(!message.error, "well");
  t.run(1s);
  EXPECT((t.arrived() == Texts{source.all, "behind", other.all}), "in order");
  EXPECT(source.rewound == 2 && other.rewound == 0, "only what was out");
}

void a_message_that_had_not_begun_waits_for_the_next_line_or_its_deadline(void**) {
  PiecesWorld t;
  TextSource source(pattern(10'000));
  TextSource late(pattern(10));
  SendOptions options;
  options.deadline = 1s;
  EXPECT(t.send_from(source).ok() && t.send_from(late, {}, MessageType::text, options).ok(), "room");
  EXPECT(t.send_from(late, {}, MessageType::text, {Priority::normal, 0s}).error().kind() == ErrorKind::config,
         "a deadline that is none");
  t.run(10s);
  EXPECT(t.ended.size() == 1 && t.ended[0].error.kind() == ErrorKind::timeout, "its deadline");
  t.connect();
  EXPECT(t.all_ended(2) && !t.ended[1].error && late.asked == 0, "the other was sent");
}

void close_does_not_wait_for_a_source(void**) {
  PiecesWorld t;
  TextSource source(pattern(10'000));
  (void)t.half_out(source);
  const int asked = source.asked;
  t.client->close();
  EXPECT(t.all_ended(1) && t.ended[0].error.kind() == ErrorKind::closed, "closed");
  EXPECT(t.until(LinkState::closed, 1s), "at once");
  EXPECT(source.asked == asked && t.gateway.latest()->close_code() == 1000, "with a goodbye");
  EXPECT(t.send_from(source).error().kind() == ErrorKind::closed, "nothing is sent any more");
}

void a_peer_that_closes_is_answered_without_the_rest(void**) {
  for (const std::uint16_t code : {std::uint16_t{1000}, std::uint16_t{1009}}) {
    PiecesWorld t;
    TextSource source(pattern(10'000));
    (void)t.half_out(source);
    t.gateway.latest()->close(code);
    EXPECT(t.all_ended(1), "an end");
    EXPECT(t.ended[0].error.kind() == (code == 1009 ? ErrorKind::too_large : ErrorKind::connection), "why");
    t.run(10s);
    EXPECT(t.gateway.connections() == 2 && t.gateway.connection(1)->close_code() == code, "answered");
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_message_larger_than_any_buffer_goes_out),
      cmocka_unit_test(a_source_may_give_little_and_may_give_nothing),
      cmocka_unit_test(the_end_may_come_without_bytes_and_a_message_may_be_empty),
      cmocka_unit_test(while_a_message_is_open_only_control_frames_pass),
      cmocka_unit_test(a_source_that_has_nothing_for_too_long_ends_the_line),
      cmocka_unit_test(a_source_that_says_in_time_that_it_has_something_is_waited_for),
      cmocka_unit_test(a_source_that_never_began_ends_its_message_alone),
      cmocka_unit_test(to_cancel_an_open_message_ends_the_line),
      cmocka_unit_test(to_cancel_a_message_that_waits_takes_it_back),
      cmocka_unit_test(a_source_that_takes_its_own_message_back_harms_no_other),
      cmocka_unit_test(a_source_that_fails_ends_the_line_and_its_error_is_told),
      cmocka_unit_test(a_source_that_fails_is_no_refusal_of_the_peers),
      cmocka_unit_test(a_total_is_checked),
      cmocka_unit_test(a_source_that_says_it_gave_more_than_fits_is_not_believed),
      cmocka_unit_test(text_in_pieces_is_utf_8_as_a_whole),
      cmocka_unit_test(a_message_whose_line_is_lost_ends_unless_its_source_can_rewind),
      cmocka_unit_test(a_source_that_rewinds_is_sent_again_from_the_beginning_in_its_old_place),
      cmocka_unit_test(a_message_that_had_not_begun_waits_for_the_next_line_or_its_deadline),
      cmocka_unit_test(close_does_not_wait_for_a_source),
      cmocka_unit_test(a_peer_that_closes_is_answered_without_the_rest),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
