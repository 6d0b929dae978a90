#pragma once
// So many requests in any minute.

#include <kedge/time.hpp>

#include <chrono>
#include <cstdint>
#include <deque>

namespace kedge::hub::agent_gate {

/// A sliding window: a request is refused when `per_minute` were taken within the last 60 s. Refused ones do
/// not count.
class RateLimit {
 public:
  /// 0: no limit.
  explicit RateLimit(std::uint32_t per_minute) noexcept : per_minute_(per_minute) {}

  [[nodiscard]] bool try_take(Instant now) {
    if (per_minute_ == 0) return true;
    while (!taken_.empty() && now - taken_.front() >= std::chrono::minutes{1}) taken_.pop_front();
    if (taken_.size() >= per_minute_) return false;
    taken_.push_back(now);
    return true;
  }

 private:
  std::uint32_t per_minute_;
  std::deque<Instant> taken_;
};

}  // namespace kedge::hub::agent_gate
