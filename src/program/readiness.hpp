#pragma once
// When a descriptor that others share with us - standard input or output - can be read or written, as an
// event of the loop.

#include <kedge/callback.hpp>
#include <kedge/port_uv.hpp>
#include <kedge/result.hpp>

#include <cstdint>

namespace kedge::program {

/// Leaves the descriptor as it is, blocking where it is: O_NONBLOCK would be everybody's who has the same
/// terminal or pipe. May go before the loop does. What can always be read and written, such as a regular
/// file, is ready once in each turn of the loop.
class Readiness {
 public:
  enum class For : std::uint8_t {
    reading,
    writing,
    hangup,  ///< the other end has gone; of a file never
  };

  Readiness() noexcept = default;
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;
  ~Readiness() { close(); }

  /// Once. `on_ready` comes from the loop, again and again while it is wanted; not wanted at first. Errors:
  /// connection, layer system: no descriptor left, no memory.
  Result<void> open(uv::Loop& loop, int descriptor, For what, Callback<void()> on_ready) noexcept;
  [[nodiscard]] bool is_open() const noexcept { return handles_ != nullptr; }
  /// On one that is not open, nothing.
  void want(bool on) noexcept;
  /// Nothing comes any more. Again: does nothing.
  void close() noexcept;

 private:
  struct Handles;

  Handles* handles_ = nullptr;  // the loop has them until they are closed
  Callback<void()> on_ready_;
};

}  // namespace kedge::program
