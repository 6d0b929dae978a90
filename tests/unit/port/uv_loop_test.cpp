#include "uv_fixture.hpp"

#include <sys/resource.h>

#include <cerrno>
#include <memory>
#include <thread>

using namespace kedge;
using namespace kedge::test;

// First of all: libuv makes what its loops share when the first one is made, and ends the process where it
// cannot.
static void a_loop_without_descriptors_is_an_error_and_no_abort(void**) {
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{0, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  uv::Loop loop;
  setrlimit(RLIMIT_NOFILE, &before);
  const Result<void> status = loop.status();
  EXPECT(!status.ok() && status.error().kind() == ErrorKind::connection, "an error");
  EXPECT(status.error().layer() == Layer::system && status.error().layer_code() == EMFILE, "EMFILE");
  EXPECT(contains(status.error().message(), "cannot make an event loop: "), "words for it");
  loop.run();  // nothing to wait for
  EXPECT(uv::Loop().status().ok(), "a loop, when there is room again");
}

struct Tally {
  static constexpr int threads = 4, posts = 10000;
  uv::Loop loop{100};
  int next[threads] = {};
  int wrong = 0, total = 0;
  void take(int thread, int number) noexcept {
    wrong += next[thread]++ == number ? 0 : 1;
    if (++total == threads * posts) loop.stop();
  }
};

static void posts_from_four_threads_run_once_each_and_in_order(void**) {
  Tally tally;
  tally.loop.keep_running(true);
  std::vector<std::thread> workers;
  for (int thread = 0; thread < Tally::threads; ++thread) {
    workers.emplace_back([&tally, thread] {
      for (int i = 0; i < Tally::posts; ++i) {
        while (!tally.loop.post([&tally, thread, i]() noexcept { tally.take(thread, i); })) {
          std::this_thread::yield();
        }
      }
    });
  }
  tally.loop.run();
  for (std::thread& worker : workers) worker.join();
  EXPECT(tally.total == Tally::threads * Tally::posts, "each post to run once");
  EXPECT(tally.wrong == 0, "each thread's posts in its order");
}

static void a_full_queue_refuses_by_name_and_loses_nothing(void**) {
  uv::Loop loop(2);
  int ran = 0;
  const auto count = [&ran]() noexcept { ++ran; };
  EXPECT(loop.post(count).ok() && loop.post(count).ok(), "room for two");
  EXPECT(loop.post(count).error().kind() == ErrorKind::queue_full, "queue_full");
  loop.run();
  EXPECT(ran == 2, "what was taken to run before run() returns");
  EXPECT(loop.post(count).ok(), "room again");
  loop.poll();
  EXPECT(ran == 3, "a turn to run it");
}

struct Chain {
  uv::Loop& loop;
  int left;
  void go() noexcept {
    if (--left > 0) (void)loop.post([this]() noexcept { go(); });
  }
};

static void a_callback_may_post_again_without_starving_the_loop(void**) {
  uv::Loop loop(1);
  loop.keep_running(true);
  Chain chain{loop, 5};
  EXPECT(loop.post([&chain]() noexcept { chain.go(); }).ok(), "room");
  loop.run_once();
  EXPECT(chain.left == 4, "one link of the chain a turn");
  EXPECT(run_until(loop, [&] { return chain.left == 0; }), "all of it");
  loop.keep_running(false);
  loop.run();
}

static void posts_that_never_ran_are_destroyed_with_the_loop(void**) {
  auto token = std::make_shared<int>(0);
  {
    uv::Loop loop;
    EXPECT(loop.post([token]() noexcept {}).ok(), "room");
    EXPECT(token.use_count() == 2, "one copy in the queue");
  }
  EXPECT(token.use_count() == 1, "no copy left");
}

static void run_ends_when_nothing_is_left_and_counts_a_paused_stream(void**) {
  uv::Loop loop;
  loop.run();
  loop.run_once();
  Server server;
  End end;
  uv::Listener listener(loop, {.streams_max = 1});
  uv::Port port(loop);
  end.stream = *port.connect(*listener.listen(loopback4(), server), end);
  EXPECT(run_until(loop, [&] { return end.opened == 1 && !server.ends.empty(); }), "a connection");
  server.ends[0]->close();
  listener.close();
  bool late = false;
  uv_timer_t timer;
  uv_timer_init(loop.native(), &timer);
  uv_unref(reinterpret_cast<uv_handle_t*>(&timer));
  timer.data = &end;
  // Readable and not read: libuv watches nothing then, but the stream is in use.
  uv_timer_start(
      &timer, [](uv_timer_t* self) { static_cast<End*>(self->data)->close(); }, 50, 0);
  loop.run();
  late = end.closed == 1;
  uv_close(reinterpret_cast<uv_handle_t*>(&timer), nullptr);
  EXPECT(late, "run() to wait for the paused stream, and no longer");
  EXPECT(server.closed == 1, "the listener's close to be answered");
}

static void the_callers_loop_is_used_and_left_alone(void**) {
  uv_loop_t own;
  uv_loop_init(&own);
  bool ran = false;
  {
    uv::Loop loop(own);
    EXPECT(loop.native() == &own && loop.status().ok(), "the caller's loop");
    uv::Port port(loop);
    EXPECT(loop.post([&ran]() noexcept { ran = true; }).ok(), "room");
    loop.poll();
    uv_run(&own, UV_RUN_NOWAIT);
    loop.run();
  }
  EXPECT(ran, "the post to run");
  uv_run(&own, UV_RUN_DEFAULT);
  EXPECT(uv_loop_close(&own) == 0, "nothing of ours on it after the closes have run");
}

static void a_handle_of_the_callers_that_stays_open_does_not_hang_the_destructor(void**) {
  auto* timer = new uv_timer_t;
  uv_loop_t own;
  uv_loop_init(&own);
  {
    uv::Loop loop(own);
    uv_timer_init(&own, timer);
  }
  uv_close(reinterpret_cast<uv_handle_t*>(timer),
           [](uv_handle_t* handle) { delete reinterpret_cast<uv_timer_t*>(handle); });
  uv_run(&own, UV_RUN_DEFAULT);
  EXPECT(uv_loop_close(&own) == 0, "a clean loop");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_loop_without_descriptors_is_an_error_and_no_abort),
      cmocka_unit_test(posts_from_four_threads_run_once_each_and_in_order),
      cmocka_unit_test(a_full_queue_refuses_by_name_and_loses_nothing),
      cmocka_unit_test(a_callback_may_post_again_without_starving_the_loop),
      cmocka_unit_test(posts_that_never_ran_are_destroyed_with_the_loop),
      cmocka_unit_test(run_ends_when_nothing_is_left_and_counts_a_paused_stream),
      cmocka_unit_test(the_callers_loop_is_used_and_left_alone),
      cmocka_unit_test(a_handle_of_the_callers_that_stays_open_does_not_hang_the_destructor),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
