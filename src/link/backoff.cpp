#include "backoff.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>

namespace kedge {

namespace {

constexpr Duration zero = Duration::zero();
constexpr Duration additive_spread = std::chrono::seconds{1};

Duration sum(Duration a, Duration b) noexcept {
  return a > Duration::max() - b ? Duration::max() : a + b;
}

/// `length * factor`, or the longest duration there is.
Duration times(Duration length, std::int64_t factor) noexcept {
  return length > Duration::max() / factor ? Duration::max() : length * factor;
}

/// The upper 64 bits of a product. By halves: 32-bit machines have no 128-bit integer.
std::uint64_t upper_half(std::uint64_t a, std::uint64_t b) noexcept {
  constexpr std::uint64_t mask = 0xFFFFFFFFU;
  const std::uint64_t low = (a & mask) * (b & mask);
  const std::uint64_t middle = (a >> 32) * (b & mask) + (low >> 32);
  const std::uint64_t other = (a & mask) * (b >> 32) + (middle & mask);
  return (a >> 32) * (b >> 32) + (middle >> 32) + (other >> 32);
}

/// Maps 64 random bits to low..high, both included. The bias is below range / 2^64: for a range of an hour
/// one part in five thousand million.
Duration uniform(Duration low, Duration high, std::uint64_t random) noexcept {
  assert(low >= zero && low <= high);
  const auto range = static_cast<std::uint64_t>((high - low).count());
  return low + Duration(static_cast<Duration::rep>(upper_half(random, range + 1)));
}

}  // namespace

Backoff::Backoff(const BackoffConfig& config) noexcept
    : base_(std::max(config.base, zero)), cap_(std::max(config.cap, zero)), jitter_(config.jitter) {
  reset();
}

void Backoff::reset() noexcept {
  step_ = std::min(base_, cap_);
  before_ = base_;
}

void Backoff::rise_to_cap() noexcept {
  step_ = before_ = cap_;
}

Backoff::Range Backoff::range() const noexcept {
  switch (jitter_) {
    case Jitter::none:
      break;
    case Jitter::equal:
      return {step_ / 2, sum(step_ / 2, step_ / 2)};
    case Jitter::additive: {
      const Duration low = std::max(zero, std::min(step_, cap_ - additive_spread));
      return {low, std::min(cap_, sum(low, additive_spread))};
    }
    case Jitter::full:
      return {zero, step_};
    case Jitter::decorrelated:
      return {base_, std::max(base_, times(before_, 3))};
  }
  return {step_, step_};
}

Backoff::Bounds Backoff::bounds() const noexcept {
  const Range draw = range();
  return {std::min(cap_, draw.low), std::min(cap_, draw.high)};
}

Duration Backoff::next(std::uint64_t random, Duration floor) noexcept {
  const Range draw = range();
  const Duration delay = std::min(cap_, uniform(draw.low, draw.high, random));
  step_ = std::min(cap_, times(step_, 2));
  before_ = delay;
  assert(delay >= zero && delay <= cap_ && step_ <= cap_);
  return std::max(delay, floor);
}

}  // namespace kedge
