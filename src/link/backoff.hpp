#pragma once
// The delay before the next attempt. Pure: randomness is an argument.

#include <kedge/client_config.hpp>

#include <cstdint>

namespace kedge {

/// Counts attempts and says how long to wait before each: d(n) = min(cap, base * 2^(n-1)), spread as `Jitter`
/// says. Negative durations count as zero. No delay exceeds the cap, unless the peer's own hint does.
///
/// Two formulas need a word: with a cap below one second `additive` spreads from zero to the cap, and
/// `decorrelated` waits exactly the cap whenever its draw is above it (two times in three once it is there).
class Backoff {
 public:
  explicit Backoff(const BackoffConfig& config) noexcept;
  /// The delay before the next attempt, and counts it. `random` is uniform over 64 bits; `floor` is the
  /// peer's own hint (Retry-After), a lower bound on the delay even above the cap; it does not count as the
  /// delay before for `decorrelated`.
  [[nodiscard]] Duration next(std::uint64_t random, Duration floor = Duration::zero()) noexcept;
  /// Begins again with n = 1: the line stayed ready for `stable_after`.
  void reset() noexcept;
  /// As after many attempts: the next delays are the longest, until `reset()`.
  void rise_to_cap() noexcept;
  struct Bounds {
    Duration shortest;
    Duration longest;
  };
  /// The bounds of what `next` may return now, without a floor.
  [[nodiscard]] Bounds bounds() const noexcept;

 private:
  struct Range {
    Duration low;
    Duration high;
  };
  [[nodiscard]] Range range() const noexcept;

  Duration base_;
  Duration cap_;
  Jitter jitter_;
  Duration step_;    ///< d(n) of the next attempt, kept instead of n: it cannot overflow
  Duration before_;  ///< the delay before, without the peer's hint
};

}  // namespace kedge
