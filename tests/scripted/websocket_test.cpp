// What the raw WebSocket client promises for messages that are sent and received whole.

#include "websocket_fixture.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;
using websocket::SendOptions;

namespace {

using Texts = std::vector<std::string>;

void a_message_is_done_when_the_stream_has_taken_it(void**) {
  WebSocketWorld t;
  t.connect();
  const auto handle = t.send("hello");
  EXPECT(handle.ok() && t.all_ended(1), "an end");
  EXPECT(t.ended[0].handle == *handle && !t.ended[0].error, "its own, and well");
  t.run(1s);
  EXPECT(t.arrived() == Texts{"hello"}, "it came");
  EXPECT(t.client->statistics().pending == 0 && t.client->statistics().requests_completed == 1, "counted");
}

void a_message_without_a_completion_leaves_nothing_behind(void**) {
  WebSocketWorld t;
  t.connect();
  for (int i = 0; i < 1000; ++i) {
    EXPECT(t.client->send_text("again and again").ok(), "room");
    t.run(100ms);
  }
  EXPECT(t.arrived().size() == 1000 && t.client->statistics().pending == 0, "all came, nothing is pending");
}

void a_message_without_a_completion_fares_as_the_others(void**) {
  int told = 0;
  websocket::Config config;
  config.client.on_writable = [&told]() noexcept { ++told; };
  Limits limits = Limits::host();
  limits.outbound_messages_max = 2;
  WebSocketWorld t(std::move(config), limits);
  const Handle first = *t.client->send_text("first");
  EXPECT(t.client->cancel(first) && !t.client->cancel(first), "taken back, once");
  SendOptions options;
  options.deadline = 1s;
  EXPECT(t.client->send_text("late", {}, options).ok() && t.client->send_text("second").ok(), "room");
  EXPECT(t.client->send_text("third").error().kind() == ErrorKind::queue_full, "and no more");
  EXPECT(t.client->connect().ok(), "started");
  t.gateway.next(sim::Reception::hold());
  t.run(5s);
  EXPECT(t.client->statistics().messages_expired == 1 && told == 1, "its deadline, and room again");
  EXPECT(t.until(LinkState::ready), "ready");
  const Handle second = *t.client->send_text("fourth");
  t.run(1s);
  EXPECT((t.arrived() == Texts{"second", "fourth"}), "what was neither refused nor taken back");
  EXPECT(!t.client->cancel(second) && t.client->statistics().pending == 0, "it has left");
  t.gateway.latest()->go_silent();
  EXPECT(t.client->send_text(std::string(200'000, 'x')).ok(), "room");
  EXPECT(t.client->send_text("behind").ok(), "room");
  t.run(100ms);
  t.cut();
  EXPECT(t.until(LinkState::ready), "back");
  t.run(1s);
  EXPECT(t.arrived().back() == "behind" && t.client->statistics().queued == 0,
         "a broken one is not sent again");
}

void text_and_bytes_come_as_what_they_are(void**) {
  WebSocketWorld t;
  t.connect();
  const std::byte bytes[] = {std::byte{0xFF}, std::byte{0}};
  EXPECT(t.client->send(MessageType::binary, bytes).ok() && t.client->send_text("").ok(), "room");
  t.run(1s);
  const auto seen = t.gateway.latest()->messages();
  EXPECT(seen.size() == 2 && seen[0].binary && seen[0].payload == std::string("\xFF\0", 2), "bytes");
  EXPECT(!seen[1].binary && seen[1].payload.empty(), "an empty message is a message");
  t.gateway.latest()->send_binary(bytes);
  t.gateway.latest()->send_in_fragments("hello", 2);
  t.run(1s);
  EXPECT((t.received == Texts{std::string("\xFF\0", 2), "hello"}), "both came whole");
  EXPECT((t.types == std::vector{MessageType::binary, MessageType::text}), "each of its type");
}

void text_that_is_not_utf_8_is_refused(void**) {
  WebSocketWorld t;
  t.connect();
  const auto refused = t.send("caf\xE9");
  EXPECT(refused.error().kind() == ErrorKind::config, "an argument is wrong");
  EXPECT(refused.error().message().find("UTF-8") != std::string_view::npos, "and it says which");
  EXPECT(t.client->send(MessageType::binary, std::as_bytes(std::span("\xE9", 1))).ok(), "bytes are bytes");
  t.run(1s);
  EXPECT(t.ended.empty() && t.arrived().size() == 1, "nothing else was sent");
}

void what_does_not_fit_is_refused_at_once(void**) {
  int told = 0;
  websocket::Config config;
  config.client.on_writable = [&told]() noexcept { ++told; };
  Limits limits = Limits::small();
  limits.pending_max = 2;
  WebSocketWorld t(std::move(config), limits);
  const std::string large(limits.outbound_message_bytes_max + 1, 'x');
  EXPECT(t.send(large).error().kind() == ErrorKind::too_large, "larger than the limit");
  EXPECT(t.send("1").ok() && t.send("2").ok(), "room for two");
  EXPECT(t.send("3").error().kind() == ErrorKind::queue_full, "and no more");
  SendOptions options;
  options.deadline = 0s;
  EXPECT(t.send("4", options).error().kind() == ErrorKind::config, "a deadline that is none");
  SendOptions answered;
  answered.on_loss = OnLoss::keep;
  EXPECT(t.send("5", answered).error().kind() == ErrorKind::config, "there is no answer to wait for");
  t.connect();
  EXPECT(t.all_ended(2) && told == 1, "told of the room");
  t.run(1s);
  EXPECT((t.arrived() == Texts{"1", "2"}), "what was refused is not sent");
}

void what_is_sent_without_a_line_waits_for_one(void**) {
  WebSocketWorld t;
  EXPECT(t.send("early").ok(), "room");
  t.run(1h);
  EXPECT(t.ended.empty(), "it waits as long as it takes");
  t.connect();
  EXPECT(t.all_ended(1) && !t.ended[0].error, "sent");
  t.run(1s);
  t.cut();
  EXPECT(t.send("between").ok() && t.all_ended(2) && !t.ended[1].error, "and on the next line");
  t.run(1s);
  EXPECT((t.arrived() == Texts{"early", "between"}), "each once");
}

void a_message_whose_deadline_passes_unsent_is_not_sent(void**) {
  WebSocketWorld t;
  SendOptions options;
  options.deadline = 5s;
  const Instant begin = t.world.now();
  EXPECT(t.send("late", options).ok(), "room");
  EXPECT(t.client->connect().ok(), "started");
  t.gateway.otherwise(sim::Reception::hold());
  EXPECT(t.all_ended(1), "an end");
  EXPECT(t.ended[0].error.kind() == ErrorKind::timeout && !t.ended[0].error.may_have_run(), "a timeout");
  EXPECT(t.ended[0].when - begin >= 5s && t.ended[0].when - begin < 5100ms, "after 5 s");
  EXPECT(t.client->statistics().requests_timed_out == 1, "counted");
  t.gateway.otherwise(sim::Reception::accept());
  EXPECT(t.until(LinkState::ready), "ready");
  t.run(1s);
  EXPECT(t.arrived().empty(), "nothing came");
}

/// A line of which the peer reads nothing more: the message gets stuck half written, another waits behind it.
struct Stuck {
  explicit Stuck(const SendOptions& options) : t(websocket::Config{}, Limits::host()) {
    t.connect();
    t.gateway.latest()->go_silent();
    EXPECT(t.send(first, options).ok(), "room");
    t.run(100ms);
    EXPECT(t.send("behind").ok(), "room");
    t.run(100ms);
    EXPECT(t.ended.empty(), "neither has left whole");
  }
  WebSocketWorld t;
  std::string first = std::string(200'000, 'x');
};

void a_message_of_which_a_part_was_out_ends_with_its_line(void**) {
  Stuck s({});
  s.t.cut();
  EXPECT(s.t.all_ended(1), "an end");
  EXPECT(s.t.ended[0].error.kind() == ErrorKind::connection && s.t.ended[0].error.may_have_run(), "lost");
  EXPECT(s.t.all_ended(2) && !s.t.ended[1].error, "what had not begun waits for the next line");
  s.t.run(1s);
  EXPECT(s.t.arrived() == Texts{"behind"}, "what ended is not sent again");
}

void a_message_that_is_to_be_resent_is_sent_again_in_its_old_place(void**) {
  SendOptions options;
  options.on_loss = OnLoss::resend;
  Stuck s(options);
  s.t.cut();
  EXPECT(s.t.all_ended(2) && !s.t.ended[0].error && !s.t.ended[1].error, "both end well");
  s.t.run(5s);
  EXPECT((s.t.arrived() == Texts{s.first, "behind"}), "whole, and in order");
}

void a_deadline_counts_until_the_first_byte_has_left(void**) {
  SendOptions options;
  options.deadline = 1s;
  Stuck s(options);
  s.t.run(5s);
  EXPECT(s.t.ended.empty(), "it has begun to leave");
}

void a_message_that_waits_can_be_cancelled(void**) {
  WebSocketWorld t;
  const auto first = t.send("first");
  EXPECT(t.send("second").ok() && t.client->cancel(*first), "cancelled");
  EXPECT(t.ended.empty() && !t.client->cancel(*first), "never inside the call, and once");
  t.connect();
  EXPECT(t.all_ended(2) && t.ended[0].error.kind() == ErrorKind::cancelled && !t.ended[1].error, "told");
  t.run(1s);
  EXPECT(t.arrived() == Texts{"second"}, "not sent");
}

void what_is_urgent_goes_first(void**) {
  WebSocketWorld t;
  SendOptions low;
  low.priority = Priority::low;
  SendOptions urgent;
  urgent.priority = Priority::urgent;
  EXPECT(t.send("low", low).ok() && t.send("normal").ok() && t.send("urgent", urgent).ok(), "room");
  t.connect();
  EXPECT(t.all_ended(3), "all sent");
  t.run(1s);
  EXPECT((t.arrived() == Texts{"urgent", "normal", "low"}), "in the order of their priorities");
}

void close_says_a_code_and_a_reason(void**) {
  WebSocketWorld t;
  EXPECT(t.client->close(999, "").error().kind() == ErrorKind::config, "no such code");
  EXPECT(t.client->close(1005, "").error().kind() == ErrorKind::config, "never on the wire");
  EXPECT(t.client->close(1000, std::string(124, 'x')).error().kind() == ErrorKind::config, "too long");
  EXPECT(t.client->close(1000, "\xFF").error().kind() == ErrorKind::config, "no text");
  t.connect();
  EXPECT(t.client->close(4001, "the shift is over").ok(), "closing");
  EXPECT(t.send("x").error().kind() == ErrorKind::closed, "nothing is sent any more");
  EXPECT(t.until(LinkState::closed), "closed");
  EXPECT(t.gateway.latest()->close_code() == 4001, "the code");
  EXPECT_TEXT(std::string(t.gateway.latest()->close_reason()), "the shift is over");
}

void close_ends_what_waits(void**) {
  WebSocketWorld t;
  EXPECT(t.send("waits").ok(), "room");
  t.client->close();
  EXPECT(t.all_ended(1) && t.ended[0].error.kind() == ErrorKind::closed, "closed");
}

void how_the_peer_closed_is_told(void**) {
  websocket::Config config;
  config.credential = websocket::CredentialKind::bearer;
  WebSocketWorld t(std::move(config), Limits::small(), 1, "s3cret-word");
  t.connect();
  EXPECT(t.client->peer_close().code == 0, "it has not");
  t.gateway.latest()->close(4100, "go away, s3cret-word");
  EXPECT(t.until(LinkState::waiting), "over");
  EXPECT(t.client->peer_close().code == 4100, "the code");
  EXPECT_TEXT(std::string(t.client->peer_close().reason), "go away, ***");
  EXPECT(t.client->last_error().layer() == Layer::websocket && t.client->last_error().layer_code() == 4100,
         "in the error too");
  EXPECT(t.until(LinkState::ready), "back");
  EXPECT(t.client->peer_close().code == 4100, "of the latest line that is gone");
  t.cut();
  EXPECT(t.client->peer_close().code == 0 && t.client->peer_close().reason.empty(), "cut without a word");
}

void a_message_too_large_for_the_peer_says_so(void**) {
  Stuck s({});
  s.t.gateway.latest()->close(1009);
  s.t.gateway.latest()->restore();
  EXPECT(s.t.all_ended(2), "both end");
  EXPECT(s.t.ended[0].error.kind() == ErrorKind::too_large, "the one that was being written");
  EXPECT(!s.t.ended[1].error, "not the other");
}

/// A peer that says hello and goodbye in one breath, on its first line; something had waited for that.
void expect_kept_behind_a_close(const SendOptions& options, Priority of_answer, const Texts& on_first_line) {
  WebSocketWorld t;
  t.gateway.set_on_open([](sim::WebSocketConnection& line) noexcept {
    if (line.number() > 1) return;
    line.send("hello");
    line.close(1001, "go to the other one");
  });
  SendOptions answer;
  answer.priority = of_answer;
  t.on_text = [&](const std::string&) { EXPECT(t.send("an answer", answer).ok(), "room"); };
  EXPECT(t.send("waited", options).ok(), "room");
  EXPECT(t.client->connect().ok() && t.until(LinkState::waiting), "the first line is over");
  t.run(1ms);
  EXPECT(t.arrived() == on_first_line && t.ended.size() == on_first_line.size(), "sent, and told to be");
  EXPECT(t.gateway.connection(1)->close_code() == 1001, "then our close");
  EXPECT(t.all_ended(2) && !t.ended[0].error && !t.ended[1].error, "the rest on the next line");
  t.run(1s);
  const Texts behind{"waited", "an answer"};
  EXPECT(t.arrived() == (on_first_line.empty() ? behind : Texts{"an answer", "waited"}), "once, in order");
}

void what_had_waited_for_a_line_that_the_peer_closes_waits_for_the_next_one(void**) {
  SendOptions resend;
  resend.on_loss = OnLoss::resend;
  for (const SendOptions& options : {SendOptions{}, resend}) {
    expect_kept_behind_a_close(options, Priority::normal, {});
    expect_kept_behind_a_close(options, Priority::urgent, {"an answer"});
  }
}

void what_waited_without_a_completion_is_kept_behind_a_close_too(void**) {
  WebSocketWorld t;
  t.gateway.set_on_open([](sim::WebSocketConnection& line) noexcept {
    if (line.number() == 1) line.close(1001);
  });
  EXPECT(t.client->send_text("waited").ok() && t.client->connect().ok(), "room");
  EXPECT(t.until(LinkState::waiting), "the first line is over");
  EXPECT(t.gateway.connection(1)->messages().empty(), "nothing behind the peer's close");
  EXPECT(t.until(LinkState::ready), "back");
  t.run(1s);
  EXPECT(t.arrived() == Texts{"waited"}, "once");
}

void what_is_kept_behind_a_close_and_has_no_next_line_was_not_sent(void**) {
  websocket::Config config;
  config.client.max_retries = 0;
  WebSocketWorld t(std::move(config));
  t.gateway.set_on_open([](sim::WebSocketConnection& line) noexcept { line.close(1001); });
  EXPECT(t.send("waited").ok() && t.client->connect().ok(), "room");
  EXPECT(t.until(LinkState::closed) && t.all_ended(1), "the end");
  EXPECT(t.ended[0].error.kind() == ErrorKind::connection && !t.ended[0].error.may_have_run(), "not sent");
  EXPECT(t.arrived().empty(), "it was not");
}

void the_last_pings_round_trip_is_known(void**) {
  WebSocketWorld t;
  t.connect();
  EXPECT(!t.client->statistics().round_trip, "no ping yet");
  t.run(1min);
  const auto round_trip = t.client->statistics().round_trip;
  EXPECT(round_trip && *round_trip > 0ms && *round_trip < 1s, "a ping's");
}

void a_message_larger_than_the_buffer_is_discarded_and_counted(void**) {
  std::uint64_t bytes = 0;
  websocket::Config config;
  config.on_discarded = [&](MessageType, std::uint64_t discarded) noexcept { bytes = discarded; };
  WebSocketWorld t(std::move(config), Limits::tiny());
  t.connect();
  t.gateway.latest()->send(std::string(Limits::tiny().inbound_message_bytes_max + 1, 'x'));
  t.gateway.latest()->send("small");
  t.run(5s);
  EXPECT(t.received == Texts{"small"}, "the other one");
  EXPECT(t.client->statistics().discarded_messages == 1, "counted");
  EXPECT(bytes == Limits::tiny().inbound_message_bytes_max + 1, "and told");
}

void a_message_larger_than_the_buffer_comes_in_pieces(void**) {
  std::string whole;
  int firsts = 0;
  int lasts = 0;
  websocket::Config config;
  config.on_piece = [&](const websocket::Piece& piece) noexcept {
    firsts += piece.first ? 1 : 0;
    lasts += piece.last ? 1 : 0;
    EXPECT(piece.type == MessageType::binary && piece.first == whole.empty(), "in order");
    whole.append(reinterpret_cast<const char*>(piece.bytes.data()), piece.bytes.size());
  };
  WebSocketWorld t(std::move(config), Limits::tiny());
  t.connect();
  std::string sent;
  for (int i = 0; i < 100'000; ++i) sent += static_cast<char>(i * 7);
  t.gateway.latest()->send_binary(std::as_bytes(std::span(sent)));
  t.run(10s);
  EXPECT(whole == sent && firsts == 1 && lasts == 1, "all of it, in one message");
  EXPECT(t.received.empty() && t.client->statistics().messages_in == 1, "and nothing else");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_message_is_done_when_the_stream_has_taken_it),
      cmocka_unit_test(a_message_without_a_completion_leaves_nothing_behind),
      cmocka_unit_test(a_message_without_a_completion_fares_as_the_others),
      cmocka_unit_test(text_and_bytes_come_as_what_they_are),
      cmocka_unit_test(text_that_is_not_utf_8_is_refused),
      cmocka_unit_test(what_does_not_fit_is_refused_at_once),
      cmocka_unit_test(what_is_sent_without_a_line_waits_for_one),
      cmocka_unit_test(a_message_whose_deadline_passes_unsent_is_not_sent),
      cmocka_unit_test(a_message_of_which_a_part_was_out_ends_with_its_line),
      cmocka_unit_test(a_message_that_is_to_be_resent_is_sent_again_in_its_old_place),
      cmocka_unit_test(a_deadline_counts_until_the_first_byte_has_left),
      cmocka_unit_test(a_message_that_waits_can_be_cancelled),
      cmocka_unit_test(what_is_urgent_goes_first),
      cmocka_unit_test(close_says_a_code_and_a_reason),
      cmocka_unit_test(close_ends_what_waits),
      cmocka_unit_test(how_the_peer_closed_is_told),
      cmocka_unit_test(a_message_too_large_for_the_peer_says_so),
      cmocka_unit_test(what_had_waited_for_a_line_that_the_peer_closes_waits_for_the_next_one),
      cmocka_unit_test(what_waited_without_a_completion_is_kept_behind_a_close_too),
      cmocka_unit_test(what_is_kept_behind_a_close_and_has_no_next_line_was_not_sent),
      cmocka_unit_test(the_last_pings_round_trip_is_known),
      cmocka_unit_test(a_message_larger_than_the_buffer_is_discarded_and_counted),
      cmocka_unit_test(a_message_larger_than_the_buffer_comes_in_pieces),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
