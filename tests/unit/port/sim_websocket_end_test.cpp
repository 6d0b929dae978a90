// How a connection of a scripted WebSocket peer ends, by whichever side, and what stays of it.

#include "sim_websocket_fixture.hpp"

using namespace kedge;
using namespace kedge::test;
using sim::Reception;

namespace {

void a_close_of_the_client_is_written_down_and_answered(void**) {
  for (const std::uint16_t code : {std::uint16_t{1000}, std::uint16_t{4321}, std::uint16_t{1005}}) {
    Meeting t;
    int ends = 0;
    t.peer->set_on_end([&ends](sim::WebSocketConnection& line) noexcept {
      EXPECT(line.is_over() && !line.was_reset(), "over in order");
      ++ends;
    });
    const auto agent = t.ask();
    agent->close(code);
    t.world.run_for(10ms);
    EXPECT(t.line().close_code() == code && t.line().close_reason().empty(), "its code");
    EXPECT(agent->close_code == code && agent->ended, "repeated, and the end");
    EXPECT(!t.line().is_open() && ends == 0, "the client's own end is waited for");
    agent->finish();
    t.world.run_for(10ms);
    EXPECT(ends == 1 && !t.line().failure(), "told once");
  }
}

void a_close_is_answered_by_the_test_where_it_wants_to(void**) {
  Meeting t({.answers_close = false});
  const auto agent = t.ask();
  agent->frame(ws::Opcode::close, std::string("\x03\xE9", 2) + "bye");
  t.world.run_for(1min);
  EXPECT(t.line().close_code() == 1001 && t.line().close_reason() == "bye", "code and reason");
  EXPECT(agent->close_code == 0 && !agent->ended && !t.line().is_open(), "and a client that waits");
  EXPECT(t.line().send("one more thing") && t.line().close(4000, "now"), "an answer of the test's own");
  t.world.run_for(10ms);
  EXPECT(agent->messages.size() == 1 && agent->close_code == 4000 && agent->ended, "both heard");

  int ends = 0;
  t.peer->set_on_end([&ends](sim::WebSocketConnection&) noexcept { ++ends; });
  const auto hasty = t.ask();
  hasty->close(1000);
  t.world.run_for(10ms);
  t.line().stall();
  hasty->finish();
  t.world.run_for(10ms);
  EXPECT(t.line().close() && ends == 0 && !t.line().is_over(), "the end of a stalled line is not seen");
  EXPECT(!t.line().write("x"), "nothing more to say");
  t.line().go_on();
  EXPECT(ends == 1 && t.line().is_over(), "until it goes on");
}

void a_close_by_the_peer_hears_the_client_out(void**) {
  Meeting t;
  const auto agent = t.ask();
  agent->answer_close = false;
  EXPECT(!t.line().close(1000, std::string(124, 'x')), "123 bytes of reason at most");
  EXPECT(t.line().close(4001, "restart") && !t.line().is_open(), "closing");
  EXPECT(!t.line().close() && !t.line().send("late") && !t.line().ping(), "nothing follows a close");
  agent->text("not so fast");
  t.world.run_for(1min);
  EXPECT(agent->close_code == 4001 && agent->close_reason == "restart", "told");
  EXPECT(t.line().messages().size() == 1 && !agent->ended, "what the client still has to say is heard");
  agent->close(4001);
  t.world.run_for(10ms);
  EXPECT(t.line().close_code() == 4001 && agent->ended, "over with its answer");
  agent->finish();
  t.world.run_for(10ms);
  EXPECT(t.line().is_over(), "and gone with its end");
}

void a_cut_is_a_reset_and_is_not_told_to_who_made_it(void**) {
  Meeting t;
  int ends = 0;
  t.peer->set_on_end([&ends](sim::WebSocketConnection&) noexcept { ++ends; });
  const auto agent = t.ask();
  t.line().send("last words");
  t.line().send(std::string(100'000, 'x'));
  t.line().cut();
  EXPECT(t.line().is_over() && !t.line().is_open() && t.line().unsent() == 0, "over at once");
  t.world.run_for(10ms);
  EXPECT(agent->messages.size() == 1 && agent->was_reset && !agent->ended, "heard, then reset");
  EXPECT(ends == 0 && t.line().close_code() == 0, "no end of the client's making");

  const auto other = t.ask();
  other->reset();
  t.world.run_for(10ms);
  EXPECT(ends == 1 && t.line().was_reset() && t.line().is_over(), "one of the client's making is told");
  EXPECT(t.world.connections() == 1, "and leaves nothing but the first client's own end");
  const auto third = t.ask();
  EXPECT(t.peer->cut_all(sim::Cut::reset) > 0, "a line to be cut by the network");
  t.world.run_for(10ms);
  EXPECT(ends == 2 && t.line().was_reset() && third->was_reset, "both sides are told of that");
}

void an_end_is_read_after_what_was_said_and_the_client_is_still_heard(void**) {
  Meeting t;
  const auto agent = t.ask();
  t.line().send("last words");
  t.line().end();
  EXPECT(!t.line().is_open() && !t.line().send("more") && !t.line().write("x"), "nothing after it");
  t.world.run_for(10ms);
  EXPECT(agent->messages.size() == 1 && agent->ended && agent->close_code == 0, "no close frame");
  agent->text("still here");
  t.world.run_for(10ms);
  EXPECT(t.line().messages().size() == 1 && !t.line().is_over(), "heard");
  agent->close(1000);
  agent->finish();
  t.world.run_for(10ms);
  EXPECT(t.line().is_over() && t.line().close_code() == 1000, "until the client ends it");
}

void connections_are_told_apart_and_stay_readable(void**) {
  Meeting t;
  const auto first = t.ask();
  first->text("from the first");
  t.world.run_for(10ms);
  t.line().go_silent();
  const auto second = t.ask();
  second->text("from the second");
  first->text("lost for now");
  t.world.run_for(1min);
  EXPECT(t.peer->connections() == 2 && t.line().number() == 2, "two at once");
  EXPECT_TEXT(t.peer->connection(1)->messages().back().payload, "from the first");
  EXPECT_TEXT(t.peer->connection(2)->messages().back().payload, "from the second");
  t.peer->connection(1)->restore();
  t.world.run_for(10ms);
  EXPECT_TEXT(t.peer->connection(1)->messages().back().payload, "lost for now");
  t.peer->connection(1)->cut();
  t.world.run_for(1min);
  EXPECT(t.peer->connection(1)->messages().size() == 2 && t.peer->connection(1)->path() == "/", "readable");
  EXPECT(t.peer->connection(0) == nullptr && t.peer->connection(3) == nullptr, "no others");
}

void a_peer_that_is_destroyed_resets_what_is_open(void**) {
  Meeting t;
  int ends = 0;
  t.peer->set_on_end([&ends](sim::WebSocketConnection&) noexcept { ++ends; });
  const auto open = t.ask();
  t.line().send(std::string(1024 * 1024, 'x'));
  const auto asking = t.dial();
  t.peer.reset();
  t.world.run_for(1min);
  EXPECT(open->was_reset && asking->was_reset && ends == 0, "both, and nobody here is told");
  sim::WebSocketPeer again(t.world);
  EXPECT(again.listen(t.here).ok() && t.ask()->status() == 101, "the place is free");
}

void every_verb_is_harmless_before_and_after(void**) {
  Meeting t;
  const auto agent = t.dial();
  const auto silent = [&t] {
    sim::WebSocketConnection& line = t.line();
    const bool any = line.send("x") || line.send_binary({}) || line.send_in_fragments("xyz", 1) ||
                     line.ping() || line.pong() || line.send_frame(1, "x") || line.close();
    line.stall();
    line.go_on();
    return !any && !line.is_open();
  };
  EXPECT(silent(), "nothing before the upgrade");
  EXPECT(t.line().request().empty() && t.line().path().empty() && t.line().header("Host").empty(),
         "no request");
  t.line().cut();
  EXPECT(silent() && !t.line().write("x") && !t.line().answer(Reception::accept()), "nothing after the end");
  t.line().cut();
  t.line().end();
  t.line().go_silent();
  t.line().restore();
  t.world.run_for(1min);
  EXPECT(agent->was_reset, "one reset");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_close_of_the_client_is_written_down_and_answered),
      cmocka_unit_test(a_close_is_answered_by_the_test_where_it_wants_to),
      cmocka_unit_test(a_close_by_the_peer_hears_the_client_out),
      cmocka_unit_test(a_cut_is_a_reset_and_is_not_told_to_who_made_it),
      cmocka_unit_test(an_end_is_read_after_what_was_said_and_the_client_is_still_heard),
      cmocka_unit_test(connections_are_told_apart_and_stay_readable),
      cmocka_unit_test(a_peer_that_is_destroyed_resets_what_is_open),
      cmocka_unit_test(every_verb_is_harmless_before_and_after),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
