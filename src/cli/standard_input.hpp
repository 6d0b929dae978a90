#pragma once
// Standard input, whatever it is, read on the loop as far as there is room for what it gives.

#include "../program/readiness.hpp"

#include <kedge/result.hpp>

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace kedge::cli {

class StandardInput {
 public:
  /// `chunk`: the most bytes read at once.
  explicit StandardInput(std::size_t chunk) : chunk_(chunk) {}

  /// Once. `on_readable` comes while it is wanted: `read` does not wait then.
  Result<void> open(uv::Loop& loop, Callback<void()> on_readable) noexcept;
  [[nodiscard]] bool is_open() const noexcept { return ready_.is_open(); }
  void want(bool on) noexcept { ready_.want(on); }
  /// The next bytes, valid until the next call; empty at the end, none when there is nothing now. Never
  /// waits. Errors: config, with the system's reason.
  Result<std::optional<std::string_view>> read() noexcept;
  void close() noexcept { ready_.close(); }
  /// Nobody gave us one.
  [[nodiscard]] static bool is_missing() noexcept;

 private:
  std::vector<char> chunk_;
  program::Readiness ready_;
};

}  // namespace kedge::cli
