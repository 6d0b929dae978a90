#pragma once
// The states a client goes through: delays between attempts, how many, and whether it comes back.

#include "../run.hpp"

#include <kedge/client.hpp>

#include <utility>

namespace kedge::rig {

class LifeCheck {
 public:
  /// A timer may come `late`.
  LifeCheck(Run& run, const ClientConfig& config, Duration late);

  /// The protocol tries again with a refused credential, as after any failure.
  void refusals_are_retried() noexcept { refusal_is_fatal_ = false; }
  /// The line ends by its user's doing: whatever that is called, another attempt mends it.
  void ends_by_its_user() noexcept { forgiven_ = true; }
  /// From `on_state`.
  void on_state(LinkState state, const Error& error);
  /// Just before `retry_now()`.
  void nudged() noexcept {
    nudged_ = state_ == LinkState::waiting;
    asked_ = state_ == LinkState::connecting || state_ == LinkState::authenticating;
  }
  /// Just before `close()`: until when it has to be over.
  void closing();
  /// From the moment faults stop: until when it has to be ready.
  void expect_ready();
  /// At each step.
  void watch();

  [[nodiscard]] LinkState state() const noexcept { return state_; }
  /// It waits because of a failure that another attempt cannot mend.
  [[nodiscard]] bool waits_for_mending() const noexcept { return state_ == LinkState::waiting && fatal_; }
  [[nodiscard]] bool over() const noexcept { return state_ == LinkState::closed; }
  /// Since when it is ready.
  [[nodiscard]] Instant ready_at() const noexcept { return ready_at_; }
  [[nodiscard]] std::uint64_t readies() const noexcept { return readies_; }
  [[nodiscard]] std::uint64_t attempts() const noexcept { return attempts_; }

 private:
  void wait(const Error& error);
  void draw_bounds();
  void look_at_spread(Duration waited);
  void count(const Error& error);
  [[nodiscard]] bool is_refusal(const Error& error) const;
  [[nodiscard]] bool is_fatal(const Error& error) const;

  Run& run_;
  BackoffConfig backoff_;
  std::optional<std::uint32_t> max_retries_;
  FatalPolicy policy_;
  Duration fatal_interval_;
  Duration hint_max_;
  Duration stable_after_;
  Duration stages_;  // all timeouts of an attempt
  Duration close_timeout_;
  Duration late_;
  bool refusal_is_fatal_ = true;

  LinkState state_ = LinkState::idle;
  bool fatal_ = false;
  bool forgiven_ = false;  // the failure that comes next
  bool nudged_ = false;    // while waiting
  bool asked_ = false;     // during the attempt: one refusal of it is tried again soon
  std::uint64_t attempts_ = 0;
  std::uint64_t readies_ = 0;
  std::uint32_t retries_ = 0;  // in a row, without a ready
  std::uint32_t answers_ = 0;  // of one status or close code, in a row
  std::uint32_t fatals_ = 0;   // in a row
  std::pair<Layer, std::int32_t> answer_{};
  std::uint32_t doublings_ = 0;
  Duration before_{};  // the delay before, for `decorrelated`
  bool before_known_ = true;
  double place_ = -1;  // of the last delay between its bounds, 0 to 1
  int same_places_ = 0;
  Instant ready_at_ = never;
  Instant waits_since_ = never;
  Duration shortest_{};
  Duration longest_{};
  Instant ready_by_ = never;
  Instant closed_by_ = never;
};

}  // namespace kedge::rig
