#pragma once
// A timer of the loop.

#include <kedge/callback.hpp>
#include <kedge/port_uv.hpp>

#include <uv.h>

#include <chrono>
#include <cstdint>
#include <utility>

namespace kedge::program {

/// Construct it before the loop, which still runs the close callback of its handle when it goes.
class Timer {
 public:
  Timer() noexcept = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// Once. `on_time` comes from the loop after `wait`, and then every `repeat` unless that is zero. The timer
  /// does not keep the loop running.
  void start(uv::Loop& loop, std::chrono::milliseconds wait, std::chrono::milliseconds repeat,
             Callback<void()> on_time) noexcept {
    on_time_ = std::move(on_time);
    uv_timer_init(loop.native(), &handle_);
    handle_.data = this;
    started_ = true;
    uv_update_time(loop.native());
    arm(wait, repeat);
    uv_unref(reinterpret_cast<uv_handle_t*>(&handle_));
  }
  /// After `start`, also from `on_time`: it comes once more, after `wait` from now.
  void again(std::chrono::milliseconds wait) noexcept {
    if (started_) arm(wait, {});
  }
  /// Before the loop ends; again: does nothing.
  void close() noexcept {
    if (std::exchange(started_, false)) uv_close(reinterpret_cast<uv_handle_t*>(&handle_), nullptr);
  }

 private:
  void arm(std::chrono::milliseconds wait, std::chrono::milliseconds repeat) noexcept {
    uv_timer_start(
        &handle_, [](uv_timer_t* timer) { static_cast<Timer*>(timer->data)->on_time_(); },
        static_cast<std::uint64_t>(wait.count()), static_cast<std::uint64_t>(repeat.count()));
  }

  uv_timer_t handle_{};
  bool started_ = false;
  Callback<void()> on_time_;
};

}  // namespace kedge::program
