#pragma once
// The delay before the next attempt. Pure: randomness is an argument.

#include <kedge/client.hpp>

#include <cstdint>

namespace kedge {

class Backoff {
 public:
  explicit Backoff(const BackoffConfig& config) noexcept;
  /// The delay before the next attempt, and counts it. `random` is uniform over 64 bits; `floor` is the
  /// peer's own hint (Retry-After), a lower bound on the delay even above the cap.
  [[nodiscard]] Duration next(std::uint64_t random, Duration floor = Duration::zero()) noexcept;
  /// Begins again with n = 1: the line stayed ready for `stable_after`.
  void reset() noexcept;
  struct Bounds {
    Duration shortest;
    Duration longest;
  };
  /// The bounds of what `next` may return now, without a floor.
  [[nodiscard]] Bounds bounds() const noexcept;
};

}  // namespace kedge
