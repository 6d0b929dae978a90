#pragma once
// How long a program waits for others before its loop runs.

#include <algorithm>
#include <chrono>

namespace kedge::program {

/// A limit that several waits share.
class Patience {
 public:
  explicit Patience(std::chrono::milliseconds limit) noexcept
      : end_(std::chrono::steady_clock::now() + limit) {}

  /// Never negative.
  [[nodiscard]] std::chrono::milliseconds left() const noexcept {
    const auto left = end_ - std::chrono::steady_clock::now();
    return std::max(std::chrono::ceil<std::chrono::milliseconds>(left), std::chrono::milliseconds{0});
  }

 private:
  std::chrono::steady_clock::time_point end_;
};

/// A daemon's, which has no --timeout: what a person's password manager may take.
inline constexpr std::chrono::seconds daemon_patience{30};

}  // namespace kedge::program
