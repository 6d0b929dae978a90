// agent-gate with co_await: built as user code is, with exceptions and RTTI.

#include <kedge/agent_gate_await.hpp>

#include "gate_fixture.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace kedge::agent_gate;
using namespace std::chrono_literals;

namespace {

using Frames = await::FramePool<4, 2048>;

struct Seen {
  std::vector<std::string> texts;
  std::vector<Error> errors;
  void take(const Outcome& outcome) {
    texts.emplace_back(outcome.text());
    errors.push_back(outcome.error);
  }
};

/// A client that up to `waiting` coroutines may await, their frames, and what came of them.
template <std::size_t waiting = 8>
struct AwaitWorld : GateWorld {
  void answer_everything() {
    gate.on_request = [this](const GateRequest& request) {
      if (request.method == "tool_request") {
        gate.answer(request.id, "{\"status\":\"executed\",\"data\":" + quoted(request.tool) + "}");
      } else if (request.method == "list_tools") {
        gate.answer(request.id, "[]");
      } else {
        return false;
      }
      return true;
    };
  }

  Frames frames;
  agent_gate::Awaited<waiting> awaitable{*client};
  Seen seen;
};

await::Task three_in_a_row(Frames&, AwaitWorld<>& t) {
  t.seen.take(co_await t.awaitable.tool_request("first", R"({"a":1})"));
  t.seen.take(co_await t.awaitable.list_tools());
  t.seen.take(co_await t.awaitable.get_pending_results());
}

void requests_are_awaited_one_after_the_other(void**) {
  AwaitWorld t;
  t.answer_everything();
  t.connect();
  await::Task task = three_in_a_row(t.frames, t);
  EXPECT(!task.error() && task.start(), "a frame");
  EXPECT(!task.done() && t.frames.used() == 1, "it waits");
  t.run(2s);
  EXPECT(task.done() && t.seen.texts.size() == 3, "all three");
  EXPECT_TEXT(t.seen.texts[0], "\"first\"");
  EXPECT_TEXT(t.seen.texts[1], "[]");
  EXPECT_TEXT(t.seen.texts[2], R"({"rows":0,"resolved":0,"unclaimed":0})");
  EXPECT_TEXT(t.gate.tools()[0].args, R"({"a":1})");
  print_message("frame: %zu bytes\n", t.frames.largest_bytes());
}

await::Task bad_request(Frames&, AwaitWorld<>& t) {
  t.seen.take(co_await t.awaitable.tool_request("x", "[]"));
}

void an_error_on_starting_is_an_outcome(void**) {
  AwaitWorld t;
  t.connect();
  await::Task task = bad_request(t.frames, t);
  EXPECT(task.start() && task.done(), "it never waited");
  EXPECT(t.seen.errors.at(0).kind() == ErrorKind::config, "config");
}

await::Task child(Frames&, AwaitWorld<>& t) {
  t.seen.take(co_await t.awaitable.tool_request("child"));
}
await::Task parent(Frames& frames, AwaitWorld<>& t) {
  const bool ran = co_await child(frames, t);
  t.seen.texts.push_back(ran ? "ran" : "no frame");
}

void a_task_awaits_another(void**) {
  AwaitWorld t;
  t.answer_everything();
  t.connect();
  await::Task task = parent(t.frames, t);
  EXPECT(task.start(), "a frame");
  EXPECT(t.frames.used() == 2, "two frames");
  t.run(1s);
  EXPECT(task.done() && t.frames.used() == 1, "the child's is given back");
  EXPECT_TEXT(t.seen.texts.at(0), "\"child\"");
  EXPECT_TEXT(t.seen.texts.at(1), "ran");
}

template <std::size_t waiting>
await::Task waits(await::FrameSource&, AwaitWorld<waiting>& t) {
  t.seen.take(co_await t.awaitable.tool_request("x"));
}

void without_a_free_slot_a_task_fails_by_name(void**) {
  AwaitWorld t;
  await::FramePool<1, 2048> frames;
  {
    await::Task first = waits(frames, t);
    EXPECT(!first.error(), "a frame");
    await::Task second = waits(frames, t);
    EXPECT(second.error().kind() == ErrorKind::queue_full, "queue_full");
    EXPECT(!second.start() && !second.done(), "it cannot run");
    EXPECT(frames.last_error().kind() == ErrorKind::queue_full, "the pool says so too");
    first = std::move(second);
    EXPECT(frames.used() == 0, "a task assigned over gives its frame back");
  }
  await::Task again = waits(frames, t);
  EXPECT(!again.error(), "the slot is free again");
}

await::Task large(await::FrameSource&, AwaitWorld<>& t) {
  std::array<char, 1000> text{};
  t.seen.take(co_await t.awaitable.tool_request("x"));
  t.seen.texts.emplace_back(text.data(), text.size());
}
await::Task asks_for_a_large_one(Frames&, await::FramePool<1, 256>& small, AwaitWorld<>& t) {
  t.seen.texts.push_back(co_await large(small, t) ? "ran" : "no frame");
}

void a_frame_too_large_for_its_slot_is_named_with_both_sizes(void**) {
  AwaitWorld t;
  await::FramePool<1, 256> small;
  await::Task task = large(small, t);
  EXPECT(static_cast<bool>(task.error()), "no frame");
  EXPECT(small.last_error().kind() == ErrorKind::too_large, "too_large");
  EXPECT(small.last_error().message().find(std::to_string(small.largest_bytes())) != std::string_view::npos,
         "the frame's size");
  EXPECT(small.last_error().message().find("256") != std::string_view::npos, "the slot's size");
  await::Task outer = asks_for_a_large_one(t.frames, small, t);
  EXPECT(outer.start() && outer.done(), "awaiting it gives false");
  EXPECT_TEXT(t.seen.texts.at(0), "no frame");
}

void destroying_a_waiting_task_cancels_its_request_and_the_completion_is_harmless(void**) {
  AwaitWorld<1> t;
  t.connect();
  {
    await::Task task = waits(t.frames, t);
    EXPECT(task.start(), "a frame");
    t.run(1s);
    EXPECT(t.gate.tools().size() == 1, "sent");
  }
  EXPECT(t.frames.used() == 0, "the frame is given back at once");
  t.run(1s);
  EXPECT(t.client->statistics().pending == 0, "the request is cancelled");
  t.gate.answer(t.gate.tools()[0].id, R"({"status":"executed","data":1})");
  t.run(1s);
  EXPECT(t.seen.texts.empty(), "nobody is told");
  await::Task next = waits(t.frames, t);
  EXPECT(next.start() && !next.done(), "the place is free again");
  await::Task third = waits(t.frames, t);
  EXPECT(third.start() && third.done(), "all places taken");
  EXPECT(t.seen.errors.at(0).kind() == ErrorKind::queue_full, "queue_full");
}

struct CountsEnds {
  int& ends;
  ~CountsEnds() { ++ends; }
};
await::Task awaits_anothers(Frames&, await::Task& theirs, Seen& seen, int& ends) {
  const CountsEnds local{ends};
  const bool ran = co_await std::move(theirs);
  seen.texts.push_back(ran ? "went on" : "no frame");
}

void a_task_may_outlive_the_one_that_awaited_it(void**) {
  AwaitWorld t;
  t.connect();
  await::Task shared = waits(t.frames, t);
  EXPECT(shared.start(), "a frame");
  int ends = 0;
  {
    await::Task waiting = awaits_anothers(t.frames, shared, t.seen, ends);
    EXPECT(waiting.start() && !waiting.done(), "it waits for the other");
  }
  t.run(1s);
  t.gate.answer(t.gate.tools()[0].id, R"({"status":"executed","data":1})");
  t.run(1s);
  EXPECT(shared.done() && t.seen.texts.size() == 1, "it ends");
  EXPECT(ends == 1 && t.frames.used() == 1, "and touches nothing of the frame that is gone");
}

void a_task_that_is_destroyed_is_waited_for_no_more(void**) {
  AwaitWorld t;
  t.connect();
  std::optional<await::Task> shared(waits(t.frames, t));
  int ends = 0;
  await::Task waiting = awaits_anothers(t.frames, *shared, t.seen, ends);
  EXPECT(waiting.start() && t.frames.used() == 2, "two frames");
  shared.reset();
  EXPECT(t.frames.used() == 1 && !waiting.done(), "nobody resumes the one that waited");
}

// What is awaited can be awaited where it is made, or moved from: two that were kept would run one after the
// other.
template <class Awaitable>
concept awaited_when_kept = requires(Awaitable& kept) {
  kept.operator co_await();
};
using ToolRequest = decltype(std::declval<agent_gate::Awaited<>&>().tool_request("x"));
static_assert(!awaited_when_kept<ToolRequest> && !awaited_when_kept<await::Task> &&
              !awaited_when_kept<await::sleep> && !awaited_when_kept<await::All<2>>);

await::Task asks(Frames&, AwaitWorld<>& t, const char* tool) {
  t.seen.take(co_await t.awaitable.tool_request(tool));
}
await::Task both(Frames& frames, AwaitWorld<>& t) {
  const bool ran = co_await await::when_all(asks(frames, t, "a"), asks(frames, t, "b"));
  t.seen.texts.emplace_back(ran ? "both" : "not both");
}

void tasks_that_are_awaited_together_run_side_by_side(void**) {
  AwaitWorld t;
  t.connect();
  await::Task task = both(t.frames, t);
  EXPECT(task.start() && t.frames.used() == 3, "three frames");
  t.run(1s);
  EXPECT(t.gate.tools().size() == 2, "both were asked");
  t.gate.answer(t.gate.tools()[1].id, R"({"status":"executed","data":"b"})");
  t.run(1s);
  EXPECT(!task.done() && t.seen.texts == std::vector<std::string>{"\"b\""}, "the second ends first");
  t.gate.answer(t.gate.tools()[0].id, R"({"status":"executed","data":"a"})");
  t.run(1s);
  EXPECT(task.done() && t.frames.used() == 1, "goes on when both have ended");
  EXPECT(t.seen.texts == (std::vector<std::string>{"\"b\"", "\"a\"", "both"}), "in that order");
}

await::Task neither_waits(Frames& frames, AwaitWorld<>& t) {
  const bool ran = co_await await::when_all(bad_request(frames, t), bad_request(frames, t));
  t.seen.texts.emplace_back(ran ? "both" : "not both");
}

void tasks_awaited_together_may_all_end_at_once(void**) {
  AwaitWorld t;
  t.connect();
  await::Task task = neither_waits(t.frames, t);
  EXPECT(task.start() && task.done(), "nobody waited");
  EXPECT_TEXT(t.seen.texts.back(), "both");
}

void tasks_awaited_together_say_when_one_had_no_frame(void**) {
  AwaitWorld t;
  t.answer_everything();
  t.connect();
  await::Task first = waits(t.frames, t);
  await::Task second = waits(t.frames, t);
  await::Task task = both(t.frames, t);  // the third of four
  EXPECT(task.start(), "a frame");
  t.run(1s);
  EXPECT(task.done(), "it went on");
  EXPECT(t.seen.texts == (std::vector<std::string>{"\"a\"", "not both"}), "with the one that ran");
}

void destroying_who_waits_for_several_tasks_cancels_their_requests(void**) {
  AwaitWorld t;
  t.connect();
  {
    await::Task task = both(t.frames, t);
    EXPECT(task.start(), "a frame");
    t.run(1s);
    EXPECT(t.client->statistics().pending == 2, "both wait");
  }
  EXPECT(t.frames.used() == 0, "all frames are given back");
  t.run(1s);
  EXPECT(t.client->statistics().pending == 0 && t.seen.texts.empty(), "cancelled, and nobody is told");
}

void a_task_may_outlive_the_client_that_it_waits_for(void**) {
  AwaitWorld<1> t;
  t.connect();
  {
    await::Task task = waits(t.frames, t);
    EXPECT(task.start() && !task.done(), "it waits");
    t.client.reset();
    t.run(1min);
    EXPECT(!task.done() && t.seen.texts.empty(), "nobody tells it");
  }
  EXPECT(t.frames.used() == 0, "and it goes without the client");
}

await::Task sleeps(Frames&, AwaitWorld<>& t, Duration length) {
  const bool slept = co_await await::sleep(*t.client, length);
  t.seen.texts.emplace_back(slept ? "slept" : "no loop");
}

void a_task_sleeps_on_the_clock_of_the_port(void**) {
  AwaitWorld t;  // not connected
  const Instant began = t.world.now();
  await::Task task = sleeps(t.frames, t, 90s);
  EXPECT(task.start() && !task.done(), "it sleeps");
  EXPECT(t.world.run_until([&] { return task.done(); }, 5min), "it wakes");
  EXPECT(t.world.now() == after(began, 90s), "after that time");
  EXPECT_TEXT(t.seen.texts.back(), "slept");
  {
    await::Task another = sleeps(t.frames, t, 1s);
    EXPECT(another.start(), "a frame");
  }
  t.run(1min);
  EXPECT(t.seen.texts.size() == 1, "one that is destroyed wakes nobody");
}

struct Member {
  Seen& seen;
  await::Task run(await::FrameSource&, agent_gate::Awaited<>& gate) {
    await::CloseOnExit close(gate.client());
    seen.take(co_await gate.tool_request("member"));
  }
};

void a_member_function_may_be_a_coroutine_and_the_guard_closes_on_exit(void**) {
  AwaitWorld t;
  t.answer_everything();
  t.connect();
  Member member{t.seen};
  await::Task task = member.run(t.frames, t.awaitable);
  EXPECT(task.start(), "a frame");
  EXPECT(t.until(LinkState::closed), "closed");
  EXPECT_TEXT(t.seen.texts.at(0), "\"member\"");
}

void closing_resumes_what_waits_with_closed(void**) {
  AwaitWorld t;
  t.connect();
  await::Task task = waits(t.frames, t);
  EXPECT(task.start() && !task.done(), "it waits");
  t.client->close();
  EXPECT(!task.done(), "not inside close");
  EXPECT(t.until(LinkState::closed) && task.done(), "resumed");
  EXPECT(t.seen.errors.at(0).kind() == ErrorKind::closed, "closed");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(requests_are_awaited_one_after_the_other),
      cmocka_unit_test(an_error_on_starting_is_an_outcome),
      cmocka_unit_test(a_task_awaits_another),
      cmocka_unit_test(without_a_free_slot_a_task_fails_by_name),
      cmocka_unit_test(a_frame_too_large_for_its_slot_is_named_with_both_sizes),
      cmocka_unit_test(destroying_a_waiting_task_cancels_its_request_and_the_completion_is_harmless),
      cmocka_unit_test(a_task_may_outlive_the_one_that_awaited_it),
      cmocka_unit_test(a_task_that_is_destroyed_is_waited_for_no_more),
      cmocka_unit_test(tasks_that_are_awaited_together_run_side_by_side),
      cmocka_unit_test(tasks_awaited_together_may_all_end_at_once),
      cmocka_unit_test(tasks_awaited_together_say_when_one_had_no_frame),
      cmocka_unit_test(destroying_who_waits_for_several_tasks_cancels_their_requests),
      cmocka_unit_test(a_task_may_outlive_the_client_that_it_waits_for),
      cmocka_unit_test(a_task_sleeps_on_the_clock_of_the_port),
      cmocka_unit_test(a_member_function_may_be_a_coroutine_and_the_guard_closes_on_exit),
      cmocka_unit_test(closing_resumes_what_waits_with_closed),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
