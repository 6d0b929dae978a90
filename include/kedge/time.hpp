#pragma once
// Instants and durations. The core reads no clock: every instant comes from the port.

#include <kedge/language.hpp>

#include <chrono>
#include <cstdint>

namespace kedge {

/// Tag type of the port's monotonic clock. It has no `now()`: only a Port knows the time.
struct MonotonicClock {
  using rep = std::int64_t;
  using period = std::micro;
  using duration = std::chrono::duration<rep, period>;
  using time_point = std::chrono::time_point<MonotonicClock>;
  static constexpr bool is_steady = true;
};

/// A duration in microseconds, 64-bit.
using Duration = MonotonicClock::duration;

/// A point in time on the port's monotonic clock.
using Instant = MonotonicClock::time_point;

/// A point in time in UTC: milliseconds since 1970, 64-bit.
using WallTime =
    std::chrono::time_point<std::chrono::system_clock, std::chrono::duration<std::int64_t, std::milli>>;

/// The instant that never comes: "no deadline".
inline constexpr Instant never = Instant::max();

/// `from + length`, clamped to `never` instead of wrapping; a negative length counts as zero.
[[nodiscard]] constexpr Instant after(Instant from, Duration length) noexcept {
  if (length <= Duration::zero()) return from;
  return length >= never - from ? never : from + length;
}

}  // namespace kedge
