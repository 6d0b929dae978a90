#pragma once
// The calls that a program makes on its simulated port: counted, and made to fail on demand.

#include <kedge/language.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace kedge::sim {

/// The calls of a port that are counted and can be made to fail.
enum class Call : std::uint8_t {
  read,     ///< fails: status `error`, the connection is reset
  write,    ///< fails: status `error`, the connection is reset
  connect,  ///< fails: an error of kind connection at once (no descriptor left)
  resolve,  ///< fails: an error of kind connection at once
  random,   ///< fails: returns false
  arm,      ///< cannot fail by contract, so it does the worst allowed: `on_timer` comes a second late
};
inline constexpr std::size_t call_kinds = 6;

/// Counters of one Port's calls (its stream's included) or one Listener's (all its streams').
class Calls {
 public:
  /// Calls of this kind so far.
  [[nodiscard]] std::uint64_t count(Call call) const noexcept { return counts_[index(call)]; }
  /// Calls of all kinds so far.
  [[nodiscard]] std::uint64_t total() const noexcept {
    std::uint64_t sum = 0;
    for (const std::uint64_t one : counts_) sum += one;
    return sum;
  }
  /// How often `on_timer` was delivered.
  [[nodiscard]] std::uint64_t timer_wakes() const noexcept { return timer_wakes_; }
  /// Events of every kind delivered, including `on_timer`: how often the program was woken.
  [[nodiscard]] std::uint64_t wakes() const noexcept { return wakes_; }
  [[nodiscard]] std::uint64_t bytes_read() const noexcept { return bytes_read_; }
  [[nodiscard]] std::uint64_t bytes_written() const noexcept { return bytes_written_; }

  /// Makes the `nth` call of this kind from now on fail, once; 1 is the next one, 0 cancels.
  void fail_nth(Call call, std::uint64_t nth) noexcept { left_[index(call)] = nth; }
  /// Makes the `nth` call of any kind from now on fail, once. A sweep increases `nth` until `failures()`
  /// stays 0: then the scenario makes fewer calls than that.
  void fail_any_nth(std::uint64_t nth) noexcept { any_left_ = nth; }
  /// Calls that failed on demand so far.
  [[nodiscard]] std::uint64_t failures() const noexcept { return failures_; }

  /// For the port: counts a call. Returns true if it must fail.
  bool made(Call call) noexcept {
    ++counts_[index(call)];
    const bool this_kind = left_[index(call)] != 0 && --left_[index(call)] == 0;
    const bool any_kind = any_left_ != 0 && --any_left_ == 0;
    if (this_kind || any_kind) ++failures_;
    return this_kind || any_kind;
  }
  /// For the port: an event is about to be delivered.
  void woken(bool by_timer = false) noexcept {
    ++wakes_;
    if (by_timer) ++timer_wakes_;
  }
  /// For the port: bytes were moved.
  void moved(std::size_t read, std::size_t written) noexcept {
    bytes_read_ += read;
    bytes_written_ += written;
  }

 private:
  static constexpr std::size_t index(Call call) noexcept { return static_cast<std::size_t>(call); }

  std::array<std::uint64_t, call_kinds> counts_{};
  std::array<std::uint64_t, call_kinds> left_{};
  std::uint64_t any_left_ = 0;
  std::uint64_t failures_ = 0;
  std::uint64_t wakes_ = 0;
  std::uint64_t timer_wakes_ = 0;
  std::uint64_t bytes_read_ = 0;
  std::uint64_t bytes_written_ = 0;
};

}  // namespace kedge::sim
