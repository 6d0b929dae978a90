#pragma once
// A client's running timers, the one that is due first in front. They lie where their owners put them.

#include <kedge/time.hpp>
#include <kedge/timer.hpp>

namespace kedge {

class Timers {
 public:
  Timers() noexcept = default;
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;
  /// None of them will fire.
  ~Timers();

  void insert(Timer& timer, ClientCore& core, Instant due) noexcept;
  void remove(Timer& timer) noexcept;
  /// Fires those that are due. One that is started meanwhile waits for the next turn.
  void fire(Instant now) noexcept;
  [[nodiscard]] Instant next_deadline() const noexcept { return first_ == nullptr ? never : first_->due_; }

 private:
  static void drop(Timer* list) noexcept;

  Timer* first_ = nullptr;
  Timer* firing_ = nullptr;  // those of this turn that have not been called yet
};

}  // namespace kedge
