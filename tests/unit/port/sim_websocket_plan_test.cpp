// How a scripted WebSocket peer receives those who come.

#include "sim_websocket_fixture.hpp"

using namespace kedge;
using namespace kedge::test;
using sim::Reception;

namespace {

void a_plan_is_followed_in_order_and_then_everybody_is_accepted(void**) {
  Meeting t;
  t.peer->next(Reception::refuse(503), 2);
  t.peer->next(Reception::refuse(401));
  EXPECT(t.peer->planned() == 3, "three planned");
  const int expected[] = {503, 503, 401, 101, 101};
  for (const int status : expected) EXPECT(t.ask()->status() == status, std::to_string(status).c_str());
  EXPECT(t.peer->planned() == 0 && t.peer->connections() == 5 && t.peer->asked() == 5, "all of them counted");
  t.peer->otherwise(Reception::refuse(404));
  t.peer->next(Reception::accept());
  EXPECT(t.ask()->status() == 101 && t.ask()->status() == 404 && t.ask()->status() == 404,
         "what is planned goes before what is usual");
  EXPECT(!t.peer->failure(), "no fault of the clients'");
}

void a_refusal_has_its_headers_and_ends_the_connection(void**) {
  Meeting t;
  t.peer->next(Reception::refuse(302).with_header("Location", "ws://elsewhere/").with_header("X-A", "b"));
  const auto agent = t.ask();
  EXPECT(agent->head.starts_with("HTTP/1.1 302 "), "the status");
  EXPECT(agent->head.find("\r\nLocation: ws://elsewhere/\r\nX-A: b\r\n") != std::string::npos, "the headers");
  EXPECT(agent->head.ends_with("Content-Length: 0\r\n\r\n") && agent->ended, "no body, and the end");
  EXPECT(!t.line().is_open() && !t.line().is_over(), "left to the client to go");
  agent->finish();
  t.world.run_for(10ms);
  EXPECT(t.line().is_over() && t.world.connections() == 1, "gone with it, but for the client's own end");
}

void an_accepted_upgrade_has_headers_and_a_subprotocol_of_the_plan(void**) {
  Meeting t;
  t.peer->next(Reception::accept().with_subprotocol("chat.v2").with_header("Set-Cookie", "a=1"));
  const auto agent = t.ask();
  EXPECT(agent->status() == 101 && t.line().is_open(), "open");
  EXPECT(
      agent->head.find("\r\nSec-WebSocket-Protocol: chat.v2\r\nSet-Cookie: a=1\r\n\r\n") != std::string::npos,
      "both headers");
}

void what_the_request_said_is_kept(void**) {
  Meeting t;
  const std::string request = request_with(
      "/line/7?key=a%20b", "Authorization: Bearer x\r\nSec-WebSocket-Protocol: chat.v1,  Chat.v2\r\n");
  const auto agent = t.ask(request);
  const sim::WebSocketConnection& line = t.line();
  EXPECT(line.number() == 1 && line.accepted_at() < t.world.now(), "number and moment");
  EXPECT_TEXT(line.request(), request);
  EXPECT_TEXT(line.path(), "/line/7");
  EXPECT_TEXT(line.query(), "key=a%20b");
  EXPECT_TEXT(line.header("authorization"), "Bearer x");
  EXPECT(line.header("X-Absent").empty(), "nothing for what is absent");
  EXPECT(line.offers("chat.v1") && line.offers("Chat.v2"), "what is offered");
  EXPECT(!line.offers("chat") && !line.offers("chat.v2") && !line.offers(""), "and nothing else");
}

void a_delayed_answer_comes_at_its_time(void**) {
  Meeting t;
  t.peer->next(Reception::accept().delayed(5s), 2);
  const auto agent = t.ask();
  t.world.run_for(4900ms);
  EXPECT(agent->status() == 0 && !t.line().is_open(), "not yet");
  t.world.run_for(200ms);
  EXPECT(agent->status() == 101 && t.line().is_open(), "now");

  auto leaver = t.ask();
  leaver->finish();
  t.world.run_for(10ms);
  EXPECT(t.line().is_over(), "a client that gives up is let go");
  t.world.run_for(1min);
  EXPECT(leaver->head.empty(), "and gets no answer");
}

void a_peer_that_is_gone_answers_nobody_later(void**) {
  Meeting t;
  t.peer->next(Reception::accept().delayed(5s));
  const auto agent = t.ask();
  t.peer.reset();
  t.world.run_for(1min);
  EXPECT(agent->was_reset && agent->head.empty(), "a reset is all there was");
}

void a_delay_for_which_the_world_has_no_room_is_a_failure(void**) {
  sim::Capacity capacity;
  capacity.actions = 1;
  Meeting t({}, 1, capacity);
  t.peer->otherwise(Reception::accept().delayed(5s));
  const auto first = t.ask();
  EXPECT(!t.peer->failure(), "room for one");
  const auto second = t.ask();
  EXPECT(t.peer->failure().kind() == ErrorKind::queue_full, "and not for two");
}

void a_request_that_is_held_is_answered_when_the_test_says_so(void**) {
  Meeting t;
  t.peer->next(Reception::hold(), 2);
  const auto agent = t.ask();
  t.world.run_for(1h);
  EXPECT(agent->head.empty() && !agent->ended, "an hour of nothing");
  EXPECT(!t.line().answer(Reception::refuse_connection()), "too late for that");
  EXPECT(t.line().answer(Reception::accept().delayed(1s)), "an answer in a second");
  EXPECT(t.line().answer(Reception::refuse(503).delayed(5s)), "or another one later");
  t.world.run_for(4s);
  EXPECT(agent->head.empty(), "not what was taken back");
  t.world.run_for(2s);
  EXPECT(agent->status() == 503, "the later word counts");
  EXPECT(!t.line().answer(Reception::accept()), "one answer to each request");

  const auto slow = t.dial();
  EXPECT(t.line().answer(Reception::accept()), "said before the request came");
  slow->raw(RawAgent::upgrade_request());
  t.world.run_for(10ms);
  EXPECT(slow->status() == 101, "accepted as soon as it did");
}

void anything_can_be_said_instead_of_an_answer(void**) {
  Meeting t;
  t.peer->next(Reception::say("<html>no"));
  t.peer->next(Reception::say("HTTP/1.1 101 Swi").then_end());
  t.peer->next(Reception::say("HTTP/1.1 101 Swi").then_cut());
  const auto odd = t.ask();
  EXPECT_TEXT(odd->head, "<html>no");
  EXPECT(!odd->ended && !odd->was_reset, "and the line stays");
  const auto ended = t.ask();
  EXPECT_TEXT(ended->head, "HTTP/1.1 101 Swi");
  EXPECT(ended->ended && !ended->was_reset, "ended in order");
  const auto cut = t.ask();
  EXPECT_TEXT(cut->head, "HTTP/1.1 101 Swi");
  EXPECT(cut->was_reset && t.line().is_over(), "reset after what was said");
}

void a_greeting_is_said_before_anything_was_asked(void**) {
  Meeting t;
  t.peer->next(Reception::greet("SSH-2.0-OpenSSH_9.2\r\n"));
  t.peer->next(Reception::greet("220 mail\r\n").delayed(2s));
  const auto agent = t.dial();
  EXPECT_TEXT(agent->head, "SSH-2.0-OpenSSH_9.2\r\n");
  agent->raw(RawAgent::upgrade_request());
  t.world.run_for(10ms);
  EXPECT_TEXT(agent->head, "SSH-2.0-OpenSSH_9.2\r\n");
  EXPECT(!t.line().answer(Reception::accept()), "it has said what it had to say");
  const auto later = t.dial();
  EXPECT(later->head.empty(), "not yet");
  t.world.run_for(2s);
  EXPECT_TEXT(later->head, "220 mail\r\n");
}

void what_follows_an_accepted_upgrade_is_planned_too(void**) {
  Meeting t;
  int opened = 0;
  t.peer->set_on_open([&opened](sim::WebSocketConnection& line) noexcept {
    ++opened;
    line.send("welcome");
  });
  t.peer->next(Reception::accept().then_end());
  t.peer->next(Reception::accept().then_cut());
  t.peer->next(Reception::accept().then_stall());
  const auto ended = t.ask();
  EXPECT(ended->status() == 101 && ended->messages.size() == 1 && ended->ended, "welcomed and ended");
  const auto cut = t.ask();
  EXPECT(cut->status() == 101 && cut->messages.size() == 1 && cut->was_reset, "welcomed and cut");
  const auto stalled = t.ask();
  stalled->text("hello?");
  t.world.run_for(1min);
  EXPECT(stalled->status() == 101 && t.line().messages().empty() && t.line().is_open(),
         "deaf from the start");
  EXPECT(opened == 3, "each was open for a moment");
}

void a_connection_that_is_refused_or_ignored_was_asked_for_and_is_none(void**) {
  Meeting t;
  t.peer->next(Reception::refuse_connection());
  t.peer->next(Reception::ignore_connection());
  const auto refused = t.dial();
  EXPECT(!refused->connected && t.world.connections() == 0, "refused at once");
  const auto ignored = t.dial();
  t.world.run_for(1h);
  EXPECT(!ignored->connected && t.world.connections() == 1, "still waiting");
  EXPECT(t.peer->asked() == 2 && t.peer->connections() == 0 && t.peer->latest() == nullptr, "none taken");
  EXPECT(t.ask()->status() == 101 && t.peer->asked() == 3 && t.line().number() == 1,
         "the third is the first");
}

void a_peer_that_does_not_listen_refuses_and_keeps_its_plan(void**) {
  Meeting t;
  t.peer->next(Reception::refuse(503));
  t.peer->stop_listening();
  EXPECT(!t.dial()->connected, "refused");
  EXPECT(t.peer->planned() == 1 && t.peer->asked() == 0, "nothing taken from the plan");
  EXPECT(t.peer->listen(t.here).ok() && t.ask()->status() == 503, "which is kept for when it listens again");
}

void a_name_leads_to_the_peer(void**) {
  Meeting t;
  EXPECT(t.peer->listen(t.here).error().kind() == ErrorKind::config, "it listens once");
  sim::WebSocketPeer other(t.world);
  EXPECT(other.listen(t.here).error().kind() == ErrorKind::connection, "the place is taken");
  EXPECT(other.listen(sim::ipv4(10, 0, 0, 2, 443), std::string(300, 'x')).error().kind() == ErrorKind::config,
         "no name of that size");
  EXPECT(other.listen(sim::ipv4(10, 0, 0, 2, 443), "gateway.example").ok(), "the place was given back");
  struct Names final : PortEvents {
    std::vector<Address> found;
    void on_timer() noexcept override {}
    void on_resolved(std::span<const Address> addresses, const Error&) noexcept override {
      found.assign(addresses.begin(), addresses.end());
    }
  } names;
  sim::Port port(t.world);
  port.set_events(names);
  EXPECT(port.resolve("gateway.example", 443).ok(), "a lookup");
  t.world.run_for(10ms);
  EXPECT(names.found.size() == 1 && names.found[0] == sim::ipv4(10, 0, 0, 2, 443), "its address");
}

void a_request_that_breaks_the_rules_is_refused_and_told(void**) {
  struct {
    std::string request;
    int status;
  } const cases[] = {
      {"GET / HTTP/1.1\r\nHost: gate\r\n\r\n", 426},
      {"nonsense\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: gate\r\n\r\n", 405},
      {"GET /" + std::string(10'000, 'x') + " HTTP/1.1\r\n\r\n", 431},
  };
  for (const auto& test : cases) {
    Meeting t;
    const auto agent = t.ask(test.request);
    EXPECT(agent->status() == test.status && agent->ended, std::to_string(test.status).c_str());
    EXPECT(t.line().failure().layer() == Layer::http && t.line().failure().layer_code() == test.status,
           "told on the connection");
    EXPECT(t.peer->failure().layer_code() == test.status, "and on the peer");
    EXPECT(t.ask()->status() == 101 && !t.line().failure() && t.peer->failure(), "the next is none of it");
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_plan_is_followed_in_order_and_then_everybody_is_accepted),
      cmocka_unit_test(a_refusal_has_its_headers_and_ends_the_connection),
      cmocka_unit_test(an_accepted_upgrade_has_headers_and_a_subprotocol_of_the_plan),
      cmocka_unit_test(what_the_request_said_is_kept),
      cmocka_unit_test(a_delayed_answer_comes_at_its_time),
      cmocka_unit_test(a_peer_that_is_gone_answers_nobody_later),
      cmocka_unit_test(a_delay_for_which_the_world_has_no_room_is_a_failure),
      cmocka_unit_test(a_request_that_is_held_is_answered_when_the_test_says_so),
      cmocka_unit_test(anything_can_be_said_instead_of_an_answer),
      cmocka_unit_test(a_greeting_is_said_before_anything_was_asked),
      cmocka_unit_test(what_follows_an_accepted_upgrade_is_planned_too),
      cmocka_unit_test(a_connection_that_is_refused_or_ignored_was_asked_for_and_is_none),
      cmocka_unit_test(a_peer_that_does_not_listen_refuses_and_keeps_its_plan),
      cmocka_unit_test(a_name_leads_to_the_peer),
      cmocka_unit_test(a_request_that_breaks_the_rules_is_refused_and_told),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
