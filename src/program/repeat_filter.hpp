#pragma once
// What repeats itself in a log while a line is down. Pure: the time is an argument.

#include <kedge/log.hpp>
#include <kedge/time.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kedge::program {

/// An outage of a day makes tens of thousands of records that say the same. Each kind - event, peer, and the
/// message but for its addresses, times and other numbers - is told at once, then at growing intervals with
/// the count of those that were not. A line that was told as lost is told as ready again, and when it has
/// been ready for `calm_after`, everything is news.
///
/// However many kinds a peer makes up, memory is fixed and a day's lines are fewer than 500: beyond
/// `kinds_max` all that are new share one interval.
class RepeatFilter {
 public:
  static constexpr std::size_t kinds_max = 15;
  static constexpr std::chrono::seconds interval_first{30};
  static constexpr std::chrono::seconds interval_longest{3600};
  static constexpr std::chrono::seconds calm_after{600};

  struct Verdict {
    bool tell = true;
    std::uint64_t untold = 0;  ///< of this kind, since the one that was told before
  };
  /// Counts a record, and says whether it is told.
  [[nodiscard]] Verdict judge(const LogRecord& record, Instant now) noexcept;
  /// It was to be told and nobody heard it: the next one like it is.
  void was_lost(const LogRecord& record, const Verdict& verdict, Instant now) noexcept;

 private:
  struct Kind {
    std::uint64_t key = 0;
    Instant told = never;
    Instant seen = never;
    Duration interval = interval_first;
    std::uint64_t untold = 0;

    [[nodiscard]] Verdict judge(Instant now, bool owed) noexcept;
  };
  [[nodiscard]] Kind& kind_of(const LogRecord& record, Instant now) noexcept;
  void note_line(const LogRecord& record, Instant now) noexcept;

  std::array<Kind, kinds_max> kinds_{};
  std::size_t count_ = 0;
  Kind others_;
  Instant ready_since_ = never;
  bool told_as_lost_ = false;
};

}  // namespace kedge::program
