#pragma once
// How long packets take, in the classes of a Prometheus histogram.

#include <kedge/time.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace kedge::agent {

class Latency {
 public:
  /// Upper bounds of the classes but the last, which has none. A peer beside us answers within the first of
  /// them; the last ones are those of timeouts.
  static constexpr std::array<Duration, 12> bounds = {
      std::chrono::milliseconds{5},   std::chrono::milliseconds{10},  std::chrono::milliseconds{25},
      std::chrono::milliseconds{50},  std::chrono::milliseconds{100}, std::chrono::milliseconds{250},
      std::chrono::milliseconds{500}, std::chrono::seconds{1},        std::chrono::milliseconds{2500},
      std::chrono::seconds{5},        std::chrono::seconds{10},       std::chrono::seconds{30}};

  void add(Duration took) noexcept {
    const auto fits =
        std::find_if(bounds.begin(), bounds.end(), [took](Duration bound) { return took <= bound; });
    ++counts_[static_cast<std::size_t>(fits - bounds.begin())];
    sum_ += took;
  }
  /// Of each class by itself; the last is that beyond all bounds.
  [[nodiscard]] const std::array<std::uint64_t, bounds.size() + 1>& counts() const noexcept {
    return counts_;
  }
  [[nodiscard]] Duration sum() const noexcept { return sum_; }

 private:
  std::array<std::uint64_t, bounds.size() + 1> counts_{};
  Duration sum_{};
};

}  // namespace kedge::agent
