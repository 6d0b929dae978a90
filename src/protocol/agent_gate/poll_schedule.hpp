#pragma once
// When to ask for pending results. Pure: time is an argument.
//
// A result that is approved after the poll that follows a reconnect is never pushed: the server must be asked
// again while anything from before is unresolved.

#include <kedge/time.hpp>

#include <cstdint>

namespace kedge::agent_gate {

struct PollTimes {
  Duration timeout;       ///< how long an answer is waited for
  Duration interval_min;  ///< from one poll to the next, doubling
  Duration interval_max;
};

class PollSchedule {
 public:
  explicit PollSchedule(const PollTimes& times) noexcept : times_(times) {}

  /// The line is ready: ask at once.
  void start(Instant now) noexcept {
    next_ = now;
    interval_ = times_.interval_min;
  }
  /// The line is gone, or there is nothing more to ask for. An answer that is still to come is not ours.
  void stop() noexcept {
    id_ = 0;
    next_ = never;
  }
  /// Whether to ask now.
  [[nodiscard]] bool due(Instant now) const noexcept { return id_ == 0 && next_ <= now; }
  /// It was asked, under that id (not 0).
  void asked(Instant now, std::uint64_t id) noexcept {
    id_ = id;
    answer_by_ = after(now, times_.timeout);
    postpone(now);
  }
  /// It could not be asked: try again after the interval.
  void postpone(Instant now) noexcept {
    next_ = after(now, interval_);
    // The longest may be the longest duration there is: twice as much would wrap.
    interval_ = interval_ > times_.interval_max / 2 ? times_.interval_max : interval_ * 2;
  }
  /// The id of the poll under way, or 0.
  [[nodiscard]] std::uint64_t under_way() const noexcept { return id_; }
  /// Whether `id` is the poll under way; it is then over.
  bool answered(std::uint64_t id) noexcept {
    if (id == 0 || id != id_) return false;
    id_ = 0;
    return true;
  }
  /// Whether the poll under way has waited too long; it is then over.
  bool give_up(Instant now) noexcept {
    if (id_ == 0 || now < answer_by_) return false;
    id_ = 0;
    return true;
  }
  [[nodiscard]] Instant next_deadline() const noexcept { return id_ != 0 ? answer_by_ : next_; }

 private:
  PollTimes times_;
  std::uint64_t id_ = 0;  // of the poll under way
  Instant answer_by_ = never;
  Instant next_ = never;
  Duration interval_{};
};

}  // namespace kedge::agent_gate
