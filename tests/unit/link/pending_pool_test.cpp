#include "link/pending_pool.hpp"

#include "support/aborts.hpp"
#include "support/cmocka.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <vector>

using namespace kedge;
using kedge::test::aborts;

namespace {

Instant at(std::int64_t seconds) {
  return Instant{std::chrono::seconds{seconds}};
}

Limits limits_of(std::uint16_t pending_max) {
  Limits limits;
  limits.pending_max = pending_max;
  return limits;
}

struct Fixture {
  explicit Fixture(std::uint16_t pending_max = 4)
      : memory(PendingPool::storage_bytes(limits_of(pending_max)) + 1),
        arena(std::span(memory).subspan(1)),
        pool(limits_of(pending_max), arena) {}

  /// A request that writes down how it ended, as "id:ok(data)" or "id:kind".
  Result<Handle> try_add(std::uint64_t id, Instant deadline = never) {
    PendingPool::Request request;
    request.id = id;
    request.deadline = deadline;
    Completion completion = [this, id](const Outcome& outcome) noexcept {
      log += std::to_string(id) + ":";
      log += outcome.ok() ? "ok(" + std::string(outcome.text()) + ")"
                          : std::string(to_string(outcome.error.kind()));
      log += ";";
      last = outcome.request;
      if (on_completion) on_completion();
    };
    return pool.add(request, completion.release());
  }
  Handle add(std::uint64_t id, Instant deadline = never) {
    const Result<Handle> handle = try_add(id, deadline);
    EXPECT(handle.ok(), "room for a request");
    return *handle;
  }
  static std::span<const std::byte> data(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
  }

  std::vector<std::byte> memory;
  Arena arena;
  PendingPool pool;
  std::string log;
  Handle last;
  std::function<void()> on_completion;
};

const Error cancelled(ErrorKind::cancelled, "cancelled");
const Error lost(ErrorKind::connection, "lost");

}  // namespace

static void storage_bytes_is_tight(void**) {
  Fixture f(64);
  EXPECT(f.arena.left() <= 32, "no memory to be left over but padding");
}

static void a_result_completes_its_request_once(void**) {
  Fixture f;
  const Handle handle = f.add(7);
  const Outcome::Result yes = f.data("yes");
  EXPECT(f.pool.complete(handle, &yes), "the request to be there");
  EXPECT_TEXT(f.log, "7:ok(yes);");
  EXPECT(f.last == handle, "the outcome to name the request");
  EXPECT(!f.pool.complete(handle, {}) && !f.pool.fail(handle, lost) && !f.pool.fail_later(handle, lost),
         "a stale handle to be harmless");
  EXPECT(f.pool.count() == 0 && f.pool.next_deadline() == never, "nothing pending");
  f.pool.deliver(at(1));
  EXPECT_TEXT(f.log, "7:ok(yes);");
}

static void an_error_completes_its_request_once(void**) {
  Fixture f;
  const Handle handle = f.add(7);
  EXPECT(f.pool.fail(handle, Error(ErrorKind::remote, "no")), "the request to be there");
  EXPECT_TEXT(f.log, "7:remote;");
  EXPECT(!f.pool.fail(handle, lost), "once");
}

static void one_request_too_many_is_refused_by_name(void**) {
  Fixture f;
  for (std::uint64_t id = 1; id <= 4; ++id) f.add(id);
  auto witness = std::make_shared<int>();
  const Result<Handle> refused = f.pool.add({}, [held = witness](Handle, const Error&, const void*) noexcept {
    EXPECT(false, "a refused request not to be completed");
  });
  EXPECT(refused.error().kind() == ErrorKind::queue_full, "queue_full");
  EXPECT_TEXT(refused.error().message(), "all 4 requests are pending (pending_max)");
  EXPECT(witness.use_count() == 1, "its completion to be destroyed");
  EXPECT(f.pool.count() == 4, "the others to be untouched");
}

static void a_request_is_found_by_id_until_it_ends(void**) {
  Fixture f;
  PendingPool::Request request;
  request.id = 0xFFFFFFFFFFFFFFFFU;
  request.kind = 3;
  const Handle handle = *f.pool.add(request, {});
  EXPECT(f.pool.find(request.id) == handle && !f.pool.find(0), "the one with that id");
  const PendingPool::Request* kept = f.pool.get(handle);
  EXPECT(kept != nullptr && kept->kind == 3 && kept->sequence == 1, "what was given, and a sequence");
  EXPECT(!kept->sent, "not sent yet");
  f.pool.get(handle)->sent = true;
  EXPECT(f.pool.get(handle)->sent, "a change to stay");
  EXPECT(f.pool.fail_later(handle, cancelled), "a mark");
  EXPECT(!f.pool.find(request.id) && f.pool.get(handle) == nullptr, "a marked one to be settled");
  EXPECT(f.pool.count() == 1, "its slot to be in use still");
  f.pool.deliver(at(0));
  EXPECT(f.pool.count() == 0, "an empty completion to be no harm");
}

static void marked_requests_complete_in_the_order_of_marking(void**) {
  Fixture f;
  const Handle a = f.add(1);
  const Handle b = f.add(2);
  f.add(3);
  EXPECT(f.pool.fail_later(b, cancelled) && !f.pool.fail_later(b, lost), "a mark, once");
  EXPECT(!f.pool.complete(b, {}) && !f.pool.fail(b, lost), "a marked one not to end otherwise");
  EXPECT(f.pool.fail_later(a, lost), "a mark");
  EXPECT_TEXT(f.log, "");
  EXPECT(f.pool.next_deadline() == Instant::min(), "something to do at once");
  f.pool.deliver(at(0));
  EXPECT_TEXT(f.log, "2:cancelled;1:connection;");
  EXPECT(f.pool.next_deadline() == never && f.pool.count() == 1, "the third to wait");
}

static void all_are_failed_in_order_of_arrival_and_later_ones_are_not(void**) {
  Fixture f;
  for (std::uint64_t id = 1; id <= 4; ++id) f.add(id);
  f.pool.fail_all_later(lost);
  std::uint64_t next_id = 10;
  f.on_completion = [&] { EXPECT(f.try_add(next_id++).ok(), "room in a pool that was full"); };
  f.pool.deliver(at(0));
  EXPECT_TEXT(f.log, "1:connection;2:connection;3:connection;4:connection;");
  f.on_completion = nullptr;
  f.pool.deliver(at(0));
  EXPECT(f.pool.count() == 4 && f.log.find("10:") == std::string::npos, "the new ones to wait");
}

static void deadlines_end_requests_earliest_first(void**) {
  Fixture f;
  f.add(1, at(30));
  f.add(2, at(10));
  f.add(3);
  f.add(4, at(20));
  EXPECT(f.pool.next_deadline() == at(10), "the earliest");
  f.pool.deliver(at(9));
  EXPECT_TEXT(f.log, "");
  f.pool.deliver(at(25));
  EXPECT_TEXT(f.log, "2:timeout;4:timeout;");
  EXPECT(f.pool.next_deadline() == at(30), "the next");
  f.pool.deliver(at(30));
  EXPECT_TEXT(f.log, "2:timeout;4:timeout;1:timeout;");
  EXPECT(f.pool.next_deadline() == never, "no more deadlines");
}

static void what_left_and_ends_without_an_answer_may_have_run(void**) {
  for (const bool left : {true, false}) {
    Fixture f(8);
    std::vector<Error> ends;
    const auto add = [&](std::uint64_t id, Instant deadline = never) {
      PendingPool::Request request;
      request.id = id;
      request.deadline = deadline;
      (id % 2 == 0 ? request.sent : request.begun) = left;
      return *f.pool.add(request,
                         [&](Handle, const Error& error, const void*) noexcept { ends.push_back(error); });
    };
    add(1, at(10));
    add(2, at(20));
    f.pool.fail_later(add(3), cancelled);
    add(4);
    f.pool.fail_all_later(Error(ErrorKind::closed, "closed"));
    add(5, at(1));
    add(6, at(1));
    f.pool.deliver(at(30));
    EXPECT(ends.size() == 6, "all to end");
    for (const Error& end : ends) EXPECT(end.may_have_run() == left, "all alike");
    const bool unknown = ends.back().message().find("its outcome is unknown") != std::string_view::npos;
    EXPECT(ends.back().kind() == ErrorKind::timeout && unknown == left, "and its deadline says so");
    const Handle answered = add(7);
    f.pool.fail(answered, Error(ErrorKind::denied, "no"));
    EXPECT(!ends.back().may_have_run(), "an answer is an answer");
    f.pool.fail_unread(add(8), Error(ErrorKind::protocol, "?"));
    EXPECT(ends.back().may_have_run(), "one that nobody can read is none");
  }
}

static void the_end_of_a_wait_after_a_loss_is_no_timeout(void**) {
  Fixture f;
  const Handle handle = f.add(1, at(100));
  f.pool.get(handle)->given_up = true;
  f.pool.set_deadline(handle, at(5));
  f.pool.deliver(at(5));
  EXPECT_TEXT(f.log, "1:connection;");
}

static void a_deadline_can_be_moved(void**) {
  Fixture f;
  const Handle a = f.add(1, at(10));
  const Handle b = f.add(2);
  EXPECT(f.pool.set_deadline(a, at(40)) && f.pool.set_deadline(b, at(20)), "both to be there");
  EXPECT(f.pool.next_deadline() == at(20) && f.pool.get(a)->deadline == at(40), "the new ones");
  EXPECT(f.pool.set_deadline(b, never) && f.pool.next_deadline() == at(40), "one to have none");
  f.pool.fail_later(a, cancelled);
  EXPECT(!f.pool.set_deadline(a, at(1)), "a marked one to be settled");
}

static void what_completions_mark_waits_for_the_next_turn(void**) {
  Fixture f;
  const Handle a = f.add(1);
  const Handle b = f.add(2);
  f.pool.fail_later(a, cancelled);
  f.on_completion = [&] {
    f.on_completion = nullptr;
    EXPECT(f.pool.fail_later(b, cancelled), "a mark from within");
    f.add(3, at(1));
  };
  f.pool.deliver(at(5));
  EXPECT_TEXT(f.log, "1:cancelled;");
  f.pool.deliver(at(5));
  EXPECT_TEXT(f.log, "1:cancelled;2:cancelled;3:timeout;");
}

static void a_delivery_within_a_delivery_loses_nothing(void**) {
  Fixture f;
  for (std::uint64_t id = 1; id <= 3; ++id) f.add(id);
  f.pool.fail_all_later(lost);
  f.on_completion = [&] {
    f.on_completion = nullptr;
    f.pool.deliver(at(0));
  };
  f.pool.deliver(at(0));
  EXPECT_TEXT(f.log, "1:connection;2:connection;3:connection;");
}

static void visiting_goes_from_the_oldest_to_the_newest(void**) {
  Fixture f;
  const Handle a = f.add(1);
  f.add(2);
  f.add(3);
  f.pool.complete(a, {});
  f.add(4);  // takes the slot of the first
  std::string seen;
  f.pool.for_each([&](Handle handle, PendingPool::Request& request) noexcept {
    EXPECT(f.pool.get(handle) == &request, "handle and request to belong together");
    seen += std::to_string(request.id) + "/" + std::to_string(request.sequence) + " ";
  });
  EXPECT_TEXT(seen, "2/2 3/3 4/4 ");
}

static void what_was_never_called_is_destroyed(void**) {
  auto witness = std::make_shared<int>();
  {
    Fixture f;
    EXPECT(f.pool.add({}, [held = witness](Handle, const Error&, const void*) noexcept {}).ok(), "room");
    PendingPool::Request other;
    other.id = 1;
    const Handle marked = *f.pool.add(other, [held = witness](Handle, const Error&, const void*) noexcept {});
    f.pool.fail_later(marked, lost);
    EXPECT(witness.use_count() == 3, "both captures to live");
  }
  EXPECT(witness.use_count() == 1, "both captures to be destroyed with the pool");
}

static void a_completion_is_destroyed_after_its_call(void**) {
  auto witness = std::make_shared<int>();
  Fixture f;
  const Handle handle = *f.pool.add({}, [held = witness](Handle, const Error&, const void*) noexcept {});
  f.pool.complete(handle, {});
  EXPECT(witness.use_count() == 1, "the capture to be gone");
}

/// A full pool of the largest size against a plain map, with every way to end.
static void random_lives_agree_with_a_model(void**) {
  std::mt19937 random(11);
  Fixture f(4096);
  struct Expected {
    Handle handle;
    std::int64_t deadline;
  };
  std::map<std::uint64_t, Expected> model;
  std::map<std::uint64_t, int> endings;
  std::uint64_t next_id = 1;
  std::int64_t now = 0;
  for (int step = 0; step < 60000; ++step) {
    if (step % 512 == 0) f.pool.check();
    const auto what = random() % 16;
    if (what < 10) {
      const std::uint64_t id = (next_id++) << 20U;  // in steps, as some protocols count
      const std::int64_t deadline = now + 1 + static_cast<std::int64_t>(random() % 20000);
      PendingPool::Request request;
      request.id = id;
      request.deadline = at(deadline);
      const Result<Handle> handle =
          f.pool.add(request, [&endings, id](Handle, const Error&, const void*) noexcept { ++endings[id]; });
      EXPECT(handle.ok() == (model.size() < 4096), "room as long as the pool is not full");
      if (handle) model[id] = {*handle, deadline};
    } else if (!model.empty() && what < 15) {
      const auto chosen = model.lower_bound((random() % next_id) << 20U);
      if (chosen == model.end()) continue;
      EXPECT(f.pool.find(chosen->first) == chosen->second.handle, "it to be found");
      if (what == 10) {
        chosen->second.deadline = now + 1 + static_cast<std::int64_t>(random() % 20000);
        f.pool.set_deadline(chosen->second.handle, at(chosen->second.deadline));
      } else if (what == 11) {
        f.pool.complete(chosen->second.handle, {});
        model.erase(chosen);
      } else if (what == 12) {
        f.pool.fail_later(chosen->second.handle, lost);
        model.erase(chosen);
        f.pool.deliver(at(now));
      }
    } else {
      now += static_cast<std::int64_t>(random() % 20);
      f.pool.deliver(at(now));
      std::erase_if(model, [&](const auto& entry) { return entry.second.deadline <= now; });
      std::int64_t earliest = std::numeric_limits<std::int64_t>::max();
      for (const auto& [id, expected] : model) earliest = std::min(earliest, expected.deadline);
      if (!model.empty()) EXPECT(f.pool.next_deadline() == at(earliest), "the earliest deadline");
    }
    EXPECT(f.pool.count() == model.size(), "as many as in the model");
  }
  f.pool.fail_all_later(lost);
  f.pool.deliver(at(now));
  EXPECT(f.pool.count() == 0, "nothing left");
  EXPECT(std::all_of(endings.begin(), endings.end(), [](const auto& ending) { return ending.second == 1; }),
         "each to have ended once");
}

#if !defined(NDEBUG)
static void a_deadline_or_an_id_that_was_changed_behind_its_back_aborts_in_debug_builds(void**) {
  Fixture f;
  const Handle first = f.add(1, at(1));
  f.add(2, at(2));
  f.pool.check();
  EXPECT(aborts([&] {
           f.pool.get(first)->deadline = at(3);
           f.pool.check();
         }),
         "the heap is out of order");
  EXPECT(aborts([&] {
           f.pool.get(first)->deadline = never;
           f.pool.check();
         }),
         "a place in the heap without a deadline");
  EXPECT(aborts([&] {
           f.pool.get(first)->id = 2;
           f.pool.complete(first, nullptr);
         }),
         "it is not found by its id");
}
#endif

int main() {
  const CMUnitTest tests[] = {
    cmocka_unit_test(storage_bytes_is_tight),
    cmocka_unit_test(a_result_completes_its_request_once),
    cmocka_unit_test(an_error_completes_its_request_once),
    cmocka_unit_test(one_request_too_many_is_refused_by_name),
    cmocka_unit_test(a_request_is_found_by_id_until_it_ends),
    cmocka_unit_test(marked_requests_complete_in_the_order_of_marking),
    cmocka_unit_test(all_are_failed_in_order_of_arrival_and_later_ones_are_not),
    cmocka_unit_test(deadlines_end_requests_earliest_first),
    cmocka_unit_test(what_left_and_ends_without_an_answer_may_have_run),
    cmocka_unit_test(the_end_of_a_wait_after_a_loss_is_no_timeout),
    cmocka_unit_test(a_deadline_can_be_moved),
    cmocka_unit_test(what_completions_mark_waits_for_the_next_turn),
    cmocka_unit_test(a_delivery_within_a_delivery_loses_nothing),
    cmocka_unit_test(visiting_goes_from_the_oldest_to_the_newest),
    cmocka_unit_test(what_was_never_called_is_destroyed),
    cmocka_unit_test(a_completion_is_destroyed_after_its_call),
    cmocka_unit_test(random_lives_agree_with_a_model),
#if !defined(NDEBUG)
    cmocka_unit_test(a_deadline_or_an_id_that_was_changed_behind_its_back_aborts_in_debug_builds),
#endif
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
