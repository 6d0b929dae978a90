#pragma once
// What a loop's ports share: the libuv loop, the clock of this event, the posts, and who still needs it.

#include <kedge/callback.hpp>
#include <kedge/port_uv.hpp>

#include <uv.h>

#include <cassert>
#include <vector>

namespace kedge::uv {

/// A Loop's heap part. It outlives the Loop while a block or a lookup still refers to it.
class LoopCore {
 public:
  LoopCore(uv_loop_t* callers, std::size_t posts_max) noexcept;
  LoopCore(const LoopCore&) = delete;
  LoopCore& operator=(const LoopCore&) = delete;
  /// The Loop is gone: frees this now, when the last handle has closed, or never (a lookup that hangs).
  void abandon() noexcept;

  [[nodiscard]] uv_loop_t* loop() noexcept { return loop_; }
  [[nodiscard]] const Error& failure() const noexcept { return failure_; }
  [[nodiscard]] bool usable() const noexcept { return !failure_; }

  void run() noexcept;
  void turn(uv_run_mode mode) noexcept;
  void stop() noexcept;
  Result<void> post(Callback<void()>&& callback) noexcept;

  /// Keeps `run()` going. libuv does not know that a paused stream is still in use.
  void hold() noexcept;
  void unhold() noexcept;
  void keep_running(bool on) noexcept {
    if (on == kept_ || !usable()) return;
    kept_ = on;
    on ? hold() : unhold();
  }

  void retain() noexcept { ++users_; }
  void release() noexcept;

  /// An event enters; the first reading of the clock in it counts for all of it.
  void enter() noexcept {
    if (depth_++ == 0) now_known_ = false;
  }
  void leave() noexcept {
    assert(depth_ > 0 && "an event ends that has not begun");
    --depth_;
  }
  [[nodiscard]] Instant now() noexcept;

  void lookup_started() noexcept { ++lookups_; }
  void lookup_orphaned() noexcept;
  void lookup_returned(bool orphaned) noexcept;
  [[nodiscard]] std::size_t lookups() const noexcept { return lookups_; }

 private:
  ~LoopCore();
  [[nodiscard]] bool alive() noexcept;
  [[nodiscard]] bool any_handle(bool (*test)(const uv_handle_t*)) noexcept;
  [[nodiscard]] bool posts_waiting() noexcept;
  void run_posts() noexcept;
  void drop_posts() noexcept;

  uv_loop_t own_loop_;
  uv_loop_t* loop_;
  const bool owned_;
  uv_async_t async_;
  Error failure_;

  unsigned depth_ = 0;
  bool now_known_ = false;
  Instant now_{};

  std::size_t users_ = 1;  // the Loop, and each block
  std::size_t holds_ = 0;
  std::size_t lookups_ = 0;
  std::size_t orphans_ = 0;
  bool running_ = false;
  bool stop_ = false;
  bool kept_ = false;

  uv_mutex_t mutex_;                     // guards the ring only
  std::vector<Callback<void()>> posts_;  // a ring: it does not grow
  std::size_t first_post_ = 0;
  std::size_t post_count_ = 0;
};

}  // namespace kedge::uv
