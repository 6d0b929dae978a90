// post() from several threads while the loop runs, stops and ends; tests/run.sh tsan builds this with the
// thread sanitizer, which sees a race that did not happen to do harm.

#include "uv_fixture.hpp"

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

using namespace kedge;
using namespace kedge::test;

namespace {

constexpr int threads = 4;

/// What a callback captures: it counts where it ends.
struct Tally {
  std::atomic<int> taken{0};      // posts that were taken
  std::atomic<int> refused{0};    // queue_full
  std::atomic<int> destroyed{0};  // captures that are gone
  int ran = 0;                    // on the loop's thread only: the sanitizer would tell
  int beside = 0;                 // likewise
  uv::Loop* stopped = nullptr;    // stopped at every hundredth post that runs
};

class Capture {
 public:
  explicit Capture(Tally& tally) noexcept : tally_(&tally) {}
  Capture(Capture&& other) noexcept : tally_(std::exchange(other.tally_, nullptr)) {}
  Capture& operator=(Capture&&) = delete;
  ~Capture() {
    if (tally_ != nullptr) ++tally_->destroyed;
  }
  void run() noexcept {
    if (++tally_->ran % 100 == 0 && tally_->stopped != nullptr) tally_->stopped->stop();
  }

 private:
  Tally* tally_;
};

/// Threads that post until they are told to stop.
class Posters {
 public:
  Posters(uv::Loop& loop, Tally& tally) {
    for (int i = 0; i < threads; ++i) {
      workers_.emplace_back([this, &loop, &tally] {
        while (!stop_) {
          // A post that is refused destroys its capture too.
          if (loop.post([capture = Capture(tally)]() mutable noexcept { capture.run(); })) {
            ++tally.taken;
          } else {
            ++tally.refused;
            std::this_thread::yield();
          }
        }
      });
    }
  }
  ~Posters() { join(); }
  void join() {
    stop_ = true;
    for (std::thread& worker : workers_) worker.join();
    workers_.clear();
  }

 private:
  std::atomic<bool> stop_{false};
  std::vector<std::thread> workers_;
};

bool turn_until_ran(uv::Loop& loop, const Tally& tally, int count) {
  return run_until(
      loop, [&] { return tally.ran >= count; }, 30'000);
}

void posts_that_race_turns_run_once_each_or_are_destroyed_with_the_loop(void**) {
  Tally tally;
  {
    uv::Loop loop(8);
    loop.keep_running(true);
    Posters posters(loop, tally);
    EXPECT(turn_until_ran(loop, tally, 5000), "the posts to run");
    posters.join();
  }
  EXPECT(tally.ran <= tally.taken && tally.taken <= tally.ran + 8, "no more left than the queue holds");
  EXPECT(tally.destroyed == tally.taken + tally.refused, "each capture to be destroyed once");
}

void a_loop_that_stops_and_runs_again_takes_posts_all_the_time(void**) {
  Tally tally;
  {
    uv::Loop loop(4);
    loop.keep_running(true);
    tally.stopped = &loop;
    Posters posters(loop, tally);
    for (int round = 0; round < 50; ++round) {
      loop.run();
    }
    EXPECT(tally.ran >= 5000, "the loop to have run until it was stopped, each time");
    posters.join();
    tally.stopped = nullptr;
    loop.keep_running(false);
    loop.run();
    EXPECT(tally.ran == tally.taken, "run() to end when every post has run");
  }
  EXPECT(tally.destroyed == tally.taken + tally.refused, "each capture to be destroyed once");
}

void connections_that_open_and_close_beside_the_posts_share_nothing_with_them(void**) {
  Tally tally;
  {
    uv::Loop loop(16);
    Posters posters(loop, tally);
    int posted_beside = 0;
    for (int round = 0; round < 10; ++round) {
      Server server;
      End end;
      uv::Listener listener(loop, {.streams_max = 2});
      uv::Port port(loop);
      const auto bound = listener.listen(loopback4(), server);
      EXPECT(bound.ok(), "to listen");
      const auto stream = port.connect(*bound, end);
      EXPECT(stream.ok(), "to connect");
      end.stream = *stream;
      EXPECT(run_until(loop, [&] { return end.opened == 1 && !server.ends.empty(); }), "a connection");
      const auto posted = loop.post([&end, &tally]() noexcept {
        ++tally.beside;
        end.close();
      });
      if (posted) {
        ++posted_beside;
      } else {
        end.close();  // the posters have filled the queue
      }
      EXPECT(run_until(loop, [&] { return end.closed == 1; }), "the close to be answered");
      server.ends[0]->close();
      listener.close();
      EXPECT(run_until(loop, [&] { return server.closed == 1 && server.ends[0]->closed == 1; }),
             "all to close");
    }
    EXPECT(tally.beside == posted_beside, "each close that was posted to have run once");
    EXPECT(turn_until_ran(loop, tally, 100), "posts to run");
    posters.join();
  }
  EXPECT(tally.destroyed == tally.taken + tally.refused, "each capture to be destroyed once");
}

void the_callers_loop_may_be_left_with_posts_waiting(void**) {
  Tally tally;
  uv_loop_t own;
  uv_loop_init(&own);
  {
    uv::Loop loop(own, 8);
    loop.keep_running(true);
    Posters posters(loop, tally);
    EXPECT(turn_until_ran(loop, tally, 1000), "the posts to run");
    posters.join();
  }
  uv_run(&own, UV_RUN_DEFAULT);
  EXPECT(uv_loop_close(&own) == 0, "a clean loop");
  EXPECT(tally.destroyed == tally.taken + tally.refused, "each capture to be destroyed once");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(posts_that_race_turns_run_once_each_or_are_destroyed_with_the_loop),
      cmocka_unit_test(a_loop_that_stops_and_runs_again_takes_posts_all_the_time),
      cmocka_unit_test(connections_that_open_and_close_beside_the_posts_share_nothing_with_them),
      cmocka_unit_test(the_callers_loop_may_be_left_with_posts_waiting),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
