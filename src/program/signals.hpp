#pragma once
// Signals as events of the loop.

#include <kedge/callback.hpp>
#include <kedge/port_uv.hpp>

#include <uv.h>

#include <array>
#include <cstddef>
#include <initializer_list>

namespace kedge::program {

/// Construct it before the loop, which still runs the close callbacks of its handles when it goes. The
/// handles do not keep the loop running.
class Signals {
 public:
  static constexpr std::size_t numbers_max = 4;

  Signals() noexcept = default;
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// Once. From then on `on_signal` hears of these signals, from the loop.
  void watch(uv::Loop& loop, std::initializer_list<int> numbers, Callback<void(int)> on_signal) noexcept;
  /// Before the loop ends.
  void close() noexcept;

 private:
  std::array<uv_signal_t, numbers_max> handles_{};
  std::size_t count_ = 0;
  Callback<void(int)> on_signal_;
};

/// Whether it does nothing now, as whoever started us wanted it.
[[nodiscard]] bool is_ignored(int number) noexcept;

}  // namespace kedge::program
