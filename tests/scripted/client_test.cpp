// What every client promises, whatever it speaks: agent-gate stands for all of them.

#include <kedge/timer.hpp>

#include "gate_fixture.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

/// Destroys the client once `reached` says so, with a request pending where one can be, and lets an hour
/// pass: whoever is called then is called for a client that is gone.
void destroy_when(const char* what, const std::function<void(GateWorld&)>& prepare,
                  const std::function<bool(GateWorld&)>& reached) {
  GateWorld t;
  t.gate.on_request = [](const GateRequest& request) {
    return request.method == "tool_request";
  };  // no answer
  prepare(t);
  EXPECT(t.client->connect().ok(), what);
  EXPECT(t.ask("pay").ok(), what);
  EXPECT(t.world.run_until([&] { return reached(t); }, 2min), what);
  t.client.reset();
  const std::size_t told = t.states.size();
  const std::size_t ended = t.ended.size();
  const std::size_t logged = t.log.size();
  std::fill(t.storage.begin(), t.storage.end(), std::byte{0xA5});
  t.run(1h);
  EXPECT(t.states.size() == told && t.log.size() == logged && t.ended.size() == ended, what);
}

void a_client_may_be_destroyed_in_any_state_and_nobody_is_called_any_more(void**) {
  const auto is = [](LinkState state) {
    return [state](GateWorld& t) { return t.client->state() == state; };
  };
  const auto nothing = [](GateWorld&) {};
  destroy_when("at once", nothing, [](GateWorld&) { return true; });
  destroy_when("while the name is resolved", nothing, is(LinkState::connecting));
  destroy_when(
      "while it authenticates", [](GateWorld& t) { t.gate.answer_auth = false; },
      is(LinkState::authenticating));
  destroy_when("ready, with a request that was sent", nothing,
               [](GateWorld& t) { return !t.gate.requests.empty(); });
  destroy_when(
      "between two attempts", [](GateWorld& t) { t.world.set_name("gateway", {}); }, is(LinkState::waiting));
  destroy_when("while it closes", nothing, [](GateWorld& t) {
    if (t.client->state() == LinkState::ready) t.client->close();
    return t.client->state() == LinkState::closing;
  });
}

void a_client_that_waits_says_when_its_next_attempt_begins(void**) {
  GateWorld t;
  EXPECT(!t.client->next_attempt_at(), "it was not started");
  t.connect();
  EXPECT(!t.client->next_attempt_at(), "it is ready");
  t.cut();
  const auto at = t.client->next_attempt_at();
  EXPECT(at && *at > t.world.now(), "a moment to come");
  EXPECT(t.until(LinkState::connecting), "the attempt");
  EXPECT(t.world.now() == *at && !t.client->next_attempt_at(), "at that moment");
}

void a_sender_that_was_refused_is_told_once_when_there_is_room_again(void**) {
  int told = 0;
  ClientConfig config;
  config.on_writable = [&told]() noexcept { ++told; };
  agent_gate::Limits limits = agent_gate::Limits::small();
  limits.pending_max = 2;
  GateWorld t(1, limits, std::move(config));
  t.connect();
  t.gate.on_request = [](const GateRequest& request) { return request.method == "tool_request"; };
  const Handle first = *t.ask("pay");
  EXPECT(t.ask("pay").ok(), "two");
  t.run(1min);
  EXPECT(told == 0, "nobody was refused");
  EXPECT(t.ask("pay").error().kind() == ErrorKind::queue_full, "the third");
  EXPECT(t.client->statistics().messages_refused == 1, "and counted");
  t.run(1min);
  EXPECT(told == 0, "there is no room yet");
  EXPECT(t.client->cancel(first), "one less");
  EXPECT(told == 0, "never inside the call");
  t.run(1s);
  EXPECT(told == 1, "told when its slot is free");
  t.run(1min);
  EXPECT(told == 1, "once");
  EXPECT(t.ask("pay").ok(), "there is room");
}

void a_sender_refused_by_the_ring_is_told_when_a_message_has_left(void**) {
  ClientConfig config;
  agent_gate::Limits limits = agent_gate::Limits::small();
  limits.outbound_messages_max = 1;
  std::vector<LinkState> told;
  GateWorld* world = nullptr;
  config.on_writable = [&]() noexcept { told.push_back(world->client->state()); };
  GateWorld t(1, limits, std::move(config));
  world = &t;
  t.gate.on_request = [](const GateRequest& request) { return request.method == "tool_request"; };
  EXPECT(t.ask("pay").ok(), "it waits for the line");
  EXPECT(t.ask("pay").error().kind() == ErrorKind::queue_full, "one message is all");
  t.run(1s);
  EXPECT(told.empty(), "nothing has left");
  t.connect();
  EXPECT(told == std::vector<LinkState>{LinkState::ready}, "when the line has taken it");
}

void a_sender_refused_while_slots_are_marked_is_told_when_they_are_free(void**) {
  int told = 0;
  ClientConfig config;
  config.on_writable = [&told]() noexcept { ++told; };
  agent_gate::Limits limits = agent_gate::Limits::small();
  limits.pending_max = 1;
  GateWorld t(1, limits, std::move(config));
  t.connect();
  t.gate.on_request = [](const GateRequest& request) { return request.method == "tool_request"; };
  const Handle only = *t.ask("pay");
  EXPECT(t.client->cancel(only), "it ends on the next turn");
  EXPECT(t.ask("pay").error().kind() == ErrorKind::queue_full, "its slot is in use until then");
  t.run(1s);
  EXPECT(told == 1 && t.ask("pay").ok(), "told when it is free");
}

void a_judge_that_names_no_error_ends_nothing_as_a_success(void**) {
  ClientConfig config;
  config.judge = [](const Ending&, const Judgement&) noexcept { return Judgement{Verdict::final, {}, {}}; };
  GateWorld t(1, agent_gate::Limits::small(), std::move(config));
  t.world.set_name("gateway", {});
  EXPECT(t.ask("pay").ok() && t.client->connect().ok(), "queued");
  EXPECT(t.until(LinkState::closed), "the judge's word");
  EXPECT(t.ended.size() == 1 && t.ended[0].error, "with the error of the ending");
  EXPECT(t.client->last_error() && t.errors.back(), "told with the state, and remembered");
}

// ---- timers

void timers_fire_in_the_order_of_their_time_whatever_the_state(void**) {
  GateWorld t;  // never connected
  std::string order;
  const Instant began = t.world.now();
  Timer a(*t.client), b(*t.client), c(*t.client);
  EXPECT(b.start(2s, [&]() noexcept { order += 'b'; }), "it runs");
  EXPECT(c.start(3s, [&]() noexcept { order += 'c'; }) && c.running(), "it runs");
  EXPECT(a.start(1s, [&]() noexcept { order += 'a'; }), "it runs");
  b.stop();
  EXPECT(!b.running(), "stopped");
  EXPECT(t.world.run_until([&] { return order.size() == 2; }, 1min), "two of them");
  EXPECT_TEXT(order, "ac");
  EXPECT(t.world.now() == after(began, 3s) && !a.running() && !c.running(), "at their time, once");
  t.run(1min);
  EXPECT(order.size() == 2, "no more");
}

void a_timer_may_be_started_again_or_destroyed_by_its_own_callback(void**) {
  GateWorld t;
  int fired = 0;
  Timer again(*t.client);
  std::function<void()> next = [&] {
    if (++fired < 3) (void)again.start(Duration::zero(), [&]() noexcept { next(); });
  };
  EXPECT(again.start(Duration::zero(), [&]() noexcept { next(); }) && fired == 0, "not inside the call");
  t.run(1s);
  EXPECT(fired == 3, "each on a turn of its own");
  auto gone = std::make_unique<Timer>(*t.client);
  Timer beside(*t.client);
  EXPECT(gone->start(1s, [&]() noexcept { gone.reset(); }), "it runs");
  EXPECT(beside.start(1s, [&]() noexcept { ++fired; }), "due at the same time");
  t.run(2s);
  EXPECT(gone == nullptr && fired == 4, "and the other fires all the same");
}

void a_timer_that_stops_another_that_is_due_keeps_it_from_firing(void**) {
  GateWorld t;
  int fired = 0;
  Timer second(*t.client), first(*t.client);
  EXPECT(first.start(1s, [&]() noexcept { second.stop(); }), "it runs");
  EXPECT(second.start(1s, [&]() noexcept { ++fired; }), "behind it");
  t.run(2s);
  EXPECT(fired == 0, "stopped in time");
}

void a_timer_fires_after_the_close_and_never_after_its_client_is_gone(void**) {
  GateWorld t;
  t.connect();
  int fired = 0;
  Timer timer(*t.client);
  EXPECT(timer.start(1min, [&]() noexcept { ++fired; }), "it runs");
  t.client->close();
  t.run(2min);
  EXPECT(t.client->state() == LinkState::closed && fired == 1, "closed, and yet");
  EXPECT(timer.start(1min, [&]() noexcept { ++fired; }), "it runs");
  t.client.reset();
  EXPECT(!timer.running() && !timer.start(1s, nullptr), "it can run no more");
  t.run(2min);
  EXPECT(fired == 1, "nobody is called");
}

void a_client_without_room_has_no_loop_for_a_timer(void**) {
  sim::World world(1);
  sim::Port port(world);
  agent_gate::Client client(port, {}, agent_gate::Limits::tiny(), {});
  Timer timer(client);
  EXPECT(!timer.start(1s, nullptr) && !timer.running(), "it says so");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_client_may_be_destroyed_in_any_state_and_nobody_is_called_any_more),
      cmocka_unit_test(a_client_that_waits_says_when_its_next_attempt_begins),
      cmocka_unit_test(a_sender_that_was_refused_is_told_once_when_there_is_room_again),
      cmocka_unit_test(a_sender_refused_by_the_ring_is_told_when_a_message_has_left),
      cmocka_unit_test(a_sender_refused_while_slots_are_marked_is_told_when_they_are_free),
      cmocka_unit_test(a_judge_that_names_no_error_ends_nothing_as_a_success),
      cmocka_unit_test(timers_fire_in_the_order_of_their_time_whatever_the_state),
      cmocka_unit_test(a_timer_may_be_started_again_or_destroyed_by_its_own_callback),
      cmocka_unit_test(a_timer_that_stops_another_that_is_due_keeps_it_from_firing),
      cmocka_unit_test(a_timer_fires_after_the_close_and_never_after_its_client_is_gone),
      cmocka_unit_test(a_client_without_room_has_no_loop_for_a_timer),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
