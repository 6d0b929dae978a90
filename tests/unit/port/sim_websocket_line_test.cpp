// What one connection of a scripted WebSocket peer says, hears and survives.

#include "sim_websocket_fixture.hpp"

using namespace kedge;
using namespace kedge::test;
using sim::Reception;

namespace {

void messages_are_kept_whole_however_they_came(void**) {
  Meeting t;
  std::vector<std::string> heard;
  t.peer->set_on_message(
      [&heard](sim::WebSocketConnection& line, const sim::WebSocketMessage& message) noexcept {
        EXPECT(line.messages().back().payload == message.payload, "kept already");
        heard.push_back(message.payload);
      });
  const auto agent = t.ask();
  agent->raw(frame(1, "one") + frame(2, std::string_view("\0\xFF", 2)) + frame(1, "th", false) +
             frame(9, "alive?") + frame(0, "", false) + frame(0, "ree") + frame(1, ""));
  t.world.run_for(10ms);
  const auto messages = t.line().messages();
  EXPECT(messages.size() == 4 && heard.size() == 4, "four messages");
  EXPECT_TEXT(messages[0].payload, "one");
  EXPECT_TEXT(messages[1].payload, std::string_view("\0\xFF", 2));
  EXPECT_TEXT(messages[2].payload, "three");
  EXPECT(!messages[0].binary && messages[1].binary && !messages[2].binary && messages[3].payload.empty(),
         "each of its type");
  EXPECT(messages[0].at > t.line().accepted_at() && messages[0].at < t.world.now(), "and its moment");
  EXPECT(t.line().pings() == 1 && t.line().last_ping() == "alive?", "the ping in between");
}

void a_message_goes_out_whole_as_bytes_or_in_fragments(void**) {
  Meeting t;
  const auto agent = t.ask();
  const std::byte bytes[] = {std::byte{0}, std::byte{0xFF}};
  EXPECT(t.line().send("hello") && t.line().send_binary(bytes), "two messages");
  EXPECT(t.line().send_in_fragments("fragmented", 3) && t.line().send_in_fragments("", 3),
         "two in fragments");
  EXPECT(!t.line().send_in_fragments("text", 0), "no fragments of nothing");
  EXPECT(t.line().send_frame(1, "in", false) && t.line().ping() && t.line().send_frame(0, "between"),
         "one frame by frame");
  t.world.run_for(10ms);
  const std::vector<std::string> expected = {"hello", std::string("\0\xFF", 2), "fragmented", "",
                                             "inbetween"};
  EXPECT(agent->messages == expected, "all five");
  EXPECT(agent->pings == 1 && t.line().pongs() == 1, "and a ping that was answered");
}

void pings_are_answered_and_written_down(void**) {
  Meeting t;
  const auto agent = t.ask();
  EXPECT(t.line().ping("who?"), "a ping");
  agent->frame(ws::Opcode::ping, "you?");
  t.world.run_for(10ms);
  EXPECT(t.line().pongs() == 1 && t.line().last_pong() == "who?", "the client's answer");
  EXPECT(t.line().pings() == 1 && t.line().last_ping() == "you?", "the client's ping");
  EXPECT(!t.line().ping(std::string(126, 'x')) && !t.line().pong(std::string(126, 'x')), "125 bytes at most");

  Meeting quiet({.answers_pings = false});
  const auto asking = quiet.ask();
  asking->frame(ws::Opcode::ping, "anybody?");
  quiet.world.run_for(10ms);
  EXPECT(quiet.line().pings() == 1, "heard");
  EXPECT(quiet.line().pong("at last"), "and answered by the test alone");
}

void a_stalled_peer_answers_nothing_until_it_goes_on(void**) {
  Meeting t;
  const auto agent = t.ask();
  t.line().stall();
  agent->raw(frame(1, "one") + frame(9, "alive?"));
  t.world.run_for(1h);
  EXPECT(t.line().messages().empty() && t.line().pings() == 0 && t.line().is_open(), "an hour of nothing");
  EXPECT(t.line().send("what the test says goes out"), "still");
  t.line().go_on();
  EXPECT(t.line().messages().size() == 1 && t.line().pings() == 1, "all of it, in the call");

  t.line().stall();
  agent->text("two");
  agent->finish();
  t.world.run_for(1h);
  EXPECT(!t.line().is_over() && t.line().messages().size() == 1, "the end is not seen either");
  t.line().go_on();
  EXPECT(t.line().is_over() && t.line().messages().size() == 2, "then it is");
  EXPECT(agent->messages.size() == 1, "the words of the test");
}

void a_stalled_peer_slows_the_client_down(void**) {
  Meeting t({}, 1, {.buffer_bytes = 4096});
  const auto agent = t.ask();
  t.line().stall();
  agent->raw(frame(2, std::string(4000, 'x')));
  t.world.run_for(1min);
  t.line().go_on();
  EXPECT(t.line().messages().size() == 1, "what was on the line all the time");
}

void a_handler_may_do_anything_to_its_line(void**) {
  struct {
    void (*act)(sim::WebSocketConnection& line);
    std::size_t heard;  ///< of three messages that come at once
  } const cases[] = {
      {[](sim::WebSocketConnection& line) { line.cut(); }, 1},
      {[](sim::WebSocketConnection& line) { line.stall(); }, 1},
      {[](sim::WebSocketConnection& line) { line.end(); }, 3},
      {[](sim::WebSocketConnection& line) { line.close(4000); }, 3},
      {[](sim::WebSocketConnection& line) {
         line.stall();
         line.go_on();
       },
       3},
  };
  for (const auto& test : cases) {
    Meeting t;
    t.peer->set_on_message(
        [&test](sim::WebSocketConnection& line, const sim::WebSocketMessage& message) noexcept {
          if (message.payload == "one") test.act(line);
        });
    const auto agent = t.ask();
    agent->raw(frame(1, "one") + frame(1, "two") + frame(1, "three"));
    t.world.run_for(10ms);
    EXPECT(t.line().messages().size() == test.heard, std::to_string(&test - cases).c_str());
    t.line().go_on();
    EXPECT(t.line().messages().size() == (t.line().is_over() ? 1U : 3U), "the others when it goes on");
  }
}

void more_than_the_line_holds_goes_out_as_there_is_room(void**) {
  Meeting t;
  const auto agent = t.ask();
  const std::string large(1024 * 1024, 'x');
  EXPECT(t.line().send(large) && t.line().send("small") && t.line().close(), "all of it taken");
  EXPECT(t.line().unsent() > 900'000, "most of it waits");
  t.world.run_for(10s);
  EXPECT(t.line().unsent() == 0 && agent->messages.size() == 2 && agent->messages[0] == large, "all arrived");
  EXPECT(agent->close_code == 1000 && agent->ended && t.line().close_code() == 1000, "and closed behind it");
}

void a_message_over_the_bound_is_a_failure_and_is_closed_with_1009(void**) {
  Meeting t({.message_bytes_max = 10});
  const auto agent = t.ask();
  agent->raw(frame(1, "0123456789") + frame(1, "01234", false) + frame(0, "56789", false) + frame(0, "a"));
  t.world.run_for(10ms);
  EXPECT(t.line().messages().size() == 1, "ten bytes are none too many");
  EXPECT(agent->close_code == 1009 && agent->ended, "eleven are, in fragments too");
  EXPECT(t.line().failure().kind() == ErrorKind::too_large && t.line().failure().layer_code() == 1009,
         "told to the test");
}

void a_client_that_breaks_the_protocol_is_a_failure_and_never_an_abort(void**) {
  struct {
    const char* what;
    std::string bytes;
    int code;
  } const cases[] = {
      {"a frame that is not masked", std::string("\x81\x02hi"), 1002},
      {"reserved bits", std::string("\xF1\x82\0\0\0\0hi", 8), 1002},
      {"an opcode that there is not", frame(3, "hi"), 1002},
      {"a ping in pieces", frame(9, "hi", false), 1002},
      {"a continuation of nothing", frame(0, "hi"), 1002},
      {"text that is not UTF-8", frame(1, "\xFF"), 1007},
      {"a close code that may not be sent", frame(8, std::string("\x03\xEE", 2)), 1002},
      {"half a close code", frame(8, "x"), 1002},
  };
  for (const auto& test : cases) {
    Meeting t;
    const auto agent = t.ask();
    agent->raw(frame(1, "fine") + test.bytes + frame(1, "after it"));
    t.world.run_for(10ms);
    const Error& failure = t.line().failure();
    EXPECT(failure.layer() == Layer::websocket && failure.layer_code() == test.code, test.what);
    EXPECT(t.peer->failure().layer_code() == test.code, "on the peer too");
    EXPECT(agent->close_code == test.code && agent->ended, "told to the client");
    EXPECT(t.line().messages().size() == 1, "nothing of what follows");
    agent->text("and on and on");
    t.world.run_for(10ms);
    agent->finish();
    t.world.run_for(10ms);
    EXPECT(t.line().is_over(), "over once the client has gone");
  }
}

void the_same_seed_gives_the_same_run(void**) {
  const auto run = [](std::uint64_t seed) {
    Meeting t({}, seed);
    t.world.set_profile(sim::NetworkProfile::randomised(seed));
    t.peer->next(Reception::refuse(503).delayed(1s));
    t.peer->set_on_message([](sim::WebSocketConnection& line, const sim::WebSocketMessage& message) noexcept {
      line.send_in_fragments(message.payload, 7);
    });
    for (int i = 0; i < 10; ++i) {
      RawAgent agent(t.world, t.here);
      t.world.run_until([&] { return agent.connected; }, 1min);
      if (agent.connected) agent.raw(RawAgent::upgrade_request() + frame(1, std::string(500, 'x')));
      t.world.run_for(10s);
    }
    return t.world.digest();
  };
  EXPECT(run(7) == run(7) && run(8) == run(8) && run(7) != run(8), "a run for each seed");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(messages_are_kept_whole_however_they_came),
      cmocka_unit_test(a_message_goes_out_whole_as_bytes_or_in_fragments),
      cmocka_unit_test(pings_are_answered_and_written_down),
      cmocka_unit_test(a_stalled_peer_answers_nothing_until_it_goes_on),
      cmocka_unit_test(a_stalled_peer_slows_the_client_down),
      cmocka_unit_test(a_handler_may_do_anything_to_its_line),
      cmocka_unit_test(more_than_the_line_holds_goes_out_as_there_is_room),
      cmocka_unit_test(a_message_over_the_bound_is_a_failure_and_is_closed_with_1009),
      cmocka_unit_test(a_client_that_breaks_the_protocol_is_a_failure_and_never_an_abort),
      cmocka_unit_test(the_same_seed_gives_the_same_run),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
