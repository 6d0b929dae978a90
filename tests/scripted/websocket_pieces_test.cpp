// What the raw WebSocket client promises for a reader that is slower than its line.

#include "websocket_fixture.hpp"
#include "websocket_source.hpp"

#include <kedge/timer.hpp>

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

using Texts = std::vector<std::string>;

void nothing_is_handed_up_while_it_is_paused(void**) {
  WebSocketWorld t;
  t.connect();
  t.client->pause();
  t.gateway.latest()->send("waits");
  t.run(10s);
  EXPECT(t.received.empty() && t.client->statistics().messages_in == 0, "paused");
  EXPECT(t.send("goes out").ok() && t.all_ended(1) && !t.ended[0].error, "sending goes on");
  t.client->resume();
  EXPECT(t.received.empty(), "never inside the call");
  t.run(1s);
  EXPECT(t.received == Texts{"waits"}, "and now it comes");
}

void a_handler_may_pause_between_two_messages(void**) {
  WebSocketWorld t;
  t.connect();
  t.on_text = [&](const std::string&) { t.client->pause(); };
  for (const char* text : {"one", "two", "three"}) t.gateway.latest()->send(text);
  t.run(1s);
  EXPECT(t.received == Texts{"one"}, "one at a time");
  t.client->resume();
  t.run(1s);
  EXPECT((t.received == Texts{"one", "two"}), "the next");
}

void a_pause_holds_on_the_lines_that_follow(void**) {
  WebSocketWorld t;
  t.gateway.set_on_open([](sim::WebSocketConnection& line) noexcept { line.send("welcome"); });
  t.client->pause();
  t.connect();
  t.run(5s);
  EXPECT(t.received.empty(), "paused before there was a line");
  t.client->resume();
  t.run(1s);
  EXPECT(t.received == Texts{"welcome"}, "resumed");
  t.client->pause();
  EXPECT(t.port.cut(sim::Cut::reset), "a line to cut");
  t.run(1min);
  EXPECT(t.client->state() == LinkState::ready, "nobody looks");
  EXPECT(t.send("finds it out").ok(), "room");
  t.run(1min);
  EXPECT(t.gateway.connections() == 2 && t.client->state() == LinkState::ready, "back");
  EXPECT(t.received.size() == 1, "still paused");
  t.client->resume();
  t.run(1s);
  EXPECT(t.received.size() == 2, "resumed");
}

void what_arrived_before_a_line_broke_is_handed_up_after_the_pause(void**) {
  WebSocketWorld t;
  t.connect();
  t.client->pause();
  for (const char* text : {"one", "two"}) t.gateway.latest()->send(text);
  t.run(1s);
  EXPECT(t.port.cut(sim::Cut::reset), "a line to cut");
  t.run(1s);
  EXPECT(t.send("finds it out").ok(), "room");
  t.run(4s);
  EXPECT(t.received.empty() && t.gateway.connections() == 1, "it waits to be handed up");
  t.on_text = [&](const std::string&) {
    EXPECT(t.client->state() == LinkState::ready && t.gateway.connections() == 1, "before the loss is told");
    t.client->pause();
  };
  t.client->resume();
  t.run(1s);
  EXPECT(t.received == Texts{"one"}, "and may be paused again");
  t.on_text = {};
  t.client->resume();
  EXPECT(t.until(LinkState::waiting), "then the loss");
  EXPECT((t.received == Texts{"one", "two"}), "all that had come");
  EXPECT(t.all_ended(1) && !t.ended[0].error, "sent on the next line");
  t.run(1s);
  EXPECT(t.gateway.latest()->number() == 2 && t.gateway.latest()->messages().size() == 1, "once");
}

void a_handler_that_pauses_until_its_answer_is_out_gets_another_line(void**) {
  for (const bool more : {false, true}) {
    WebSocketWorld t;
    t.connect();
    t.on_text = [&](const std::string&) {
      t.client->pause();
      EXPECT(t.port.cut(sim::Cut::reset), "a line to cut");
    };
    t.gateway.latest()->send("asks");
    if (more) t.gateway.latest()->send("asks more");
    t.run(100ms);
    t.on_text = {};
    EXPECT(t.send("answers").ok(), "room");
    t.run(10s);
    EXPECT(t.gateway.connections() == 2 && t.all_ended(1) && !t.ended[0].error, "sent on the next line");
  }
}

void the_peers_close_is_heard_though_a_write_failed_in_a_pause(void**) {
  WebSocketWorld t;
  t.connect();
  t.client->pause();
  t.gateway.latest()->send("the answer");
  t.gateway.latest()->close(4000, "enough");
  t.run(1s);
  EXPECT(t.port.cut(sim::Cut::reset), "a line to cut");
  t.run(1s);
  EXPECT(t.send("finds it out").ok(), "room");
  t.run(1s);
  t.client->resume();
  EXPECT(t.until(LinkState::waiting), "over");
  EXPECT(t.received == Texts{"the answer"}, "what it had said");
  EXPECT(t.client->peer_close().code == 4000, "and why it went");
}

void a_line_that_broke_in_a_pause_does_not_hold_up_close(void**) {
  WebSocketWorld t;
  t.connect();
  t.client->pause();
  t.gateway.latest()->send("waits");
  t.run(1s);
  EXPECT(t.port.cut(sim::Cut::reset) && t.send("finds it out").ok(), "a line to cut");
  t.run(1s);
  t.client->close();
  EXPECT(t.until(LinkState::closed, 1s) && t.received.empty(), "closed");
}

void a_pause_of_hours_is_not_taken_for_a_dead_peer(void**) {
  WebSocketWorld t;
  t.connect();
  t.client->pause();
  t.run(3h);
  EXPECT(t.client->state() == LinkState::ready && t.gateway.connections() == 1, "the line is kept");
  EXPECT(t.gateway.latest()->pings() == 0, "keepalive is suspended");
  t.client->resume();
  t.run(1min);
  EXPECT(t.gateway.latest()->pings() >= 1 && t.gateway.connections() == 1, "and goes on");
}

void close_ends_a_line_that_is_paused(void**) {
  WebSocketWorld t;
  t.connect();
  t.client->pause();
  t.gateway.latest()->send("never read");
  t.run(1s);
  t.client->close();
  EXPECT(t.until(LinkState::closed, 2s) && t.gateway.latest()->close_code() == 1000, "in order");
  EXPECT(t.received.empty(), "nothing was handed up");
}

void a_message_larger_than_any_buffer_comes_at_the_readers_pace(void**) {
  std::string whole;
  bool last = false;
  WebSocketWorld* world = nullptr;
  websocket::Config config;
  config.on_piece = [&](const websocket::Piece& piece) noexcept {
    whole.append(reinterpret_cast<const char*>(piece.bytes.data()), piece.bytes.size());
    last = piece.last;
    world->client->pause();
  };
  WebSocketWorld t(std::move(config), Limits::tiny());
  world = &t;
  t.connect();
  const std::string sent = pattern(1'000'000);
  t.gateway.latest()->send_binary(std::as_bytes(std::span(sent)));
  t.run(1min);
  EXPECT(!whole.empty() && whole.size() <= 4096, "one piece");
  EXPECT(t.gateway.latest()->unsent() > 500'000, "the peer is held back");
  int pieces = 1;
  for (; !last && pieces < 100'000; ++pieces) {
    const std::size_t before = whole.size();
    t.client->resume();
    EXPECT(t.world.run_until([&] { return whole.size() > before || last; }, 1min), "the next piece");
    EXPECT(whole.size() - before <= 4096, "and no more");
  }
  EXPECT(whole == sent, "all of it");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(nothing_is_handed_up_while_it_is_paused),
      cmocka_unit_test(a_handler_may_pause_between_two_messages),
      cmocka_unit_test(a_pause_holds_on_the_lines_that_follow),
      cmocka_unit_test(what_arrived_before_a_line_broke_is_handed_up_after_the_pause),
      cmocka_unit_test(a_handler_that_pauses_until_its_answer_is_out_gets_another_line),
      cmocka_unit_test(the_peers_close_is_heard_though_a_write_failed_in_a_pause),
      cmocka_unit_test(a_line_that_broke_in_a_pause_does_not_hold_up_close),
      cmocka_unit_test(a_pause_of_hours_is_not_taken_for_a_dead_peer),
      cmocka_unit_test(close_ends_a_line_that_is_paused),
      cmocka_unit_test(a_message_larger_than_any_buffer_comes_at_the_readers_pace),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
