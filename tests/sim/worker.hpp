#pragma once
// One of the processes that play, and the memory it shares with its parent and the others.

#include "workers.hpp"

#include <array>
#include <atomic>
#include <limits>

namespace kedge::rig {

/// A run: which of the job's seeds, and which scenario.
struct Place {
  std::uint64_t index = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t scenario = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};

struct Report {
  Tally tally;
  std::uint64_t broken = 0;
  std::uint64_t died = 0;
  Place first;  ///< of those that broke a rule or died

  Report& operator+=(const Report& other) noexcept;
};

/// What a worker leaves behind, also when it dies: its report, and the run it was in. Written by the worker,
/// by its parent once it has ended.
struct Slot {
  std::atomic<bool> playing{false};
  std::atomic<bool> done{false};
  Place place;
  Report report;
};

struct Shared {
  std::atomic<std::uint64_t> next{0};  ///< index of the seed to be played next
  std::atomic<std::uint64_t> end{0};   ///< nothing from here on is begun
  std::array<Slot, workers_max> slots;

  /// Seeds after this one are not begun; those before it are under way or over, as they are begun in order.
  void stop_behind(std::uint64_t index) noexcept;
};

/// A worker's life, in its own process: from the run after that in which its predecessor died, if it has one.
void play_share(const Job& job, Shared& shared, Slot& slot);

}  // namespace kedge::rig
