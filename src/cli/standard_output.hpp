#pragma once
// Standard output, written on the loop as fast as its reader takes it.

#include "../program/readiness.hpp"

#include <kedge/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace kedge::cli {

/// Errors are of kind closed (its reader has gone, its disk is full, there is none) and name it.
class StandardOutput {
 public:
  /// Hears once that all is out of what `write` had to keep, or that it could not be written.
  using Done = Callback<void(const Error&)>;

  /// Once.
  void open(uv::Loop& loop, Done on_done) noexcept;
  /// Writes what there is room for; false: the rest waits, and `on_done` follows. Meanwhile nothing else is
  /// to be written.
  Result<bool> write(std::string text);
  [[nodiscard]] bool waits() const noexcept { return written_ != text_.size(); }
  /// Calls once when its reader has gone, though nothing is written. Of what has no reader, a file, say:
  /// never.
  Result<void> watch_reader(Callback<void()> on_gone) noexcept;
  [[nodiscard]] bool is_watched() const noexcept { return reader_.is_open(); }
  /// The rest, to a reader who takes his time. Errors: cancelled too: a signal came.
  Result<void> finish() noexcept;
  void close() noexcept;

 private:
  void go_on() noexcept;
  Result<void> write_more() noexcept;

  std::string text_;
  std::size_t written_ = 0;
  Done on_done_;
  Callback<void()> on_gone_;
  uv::Loop* loop_ = nullptr;
  program::Readiness room_;
  program::Readiness reader_;
};

}  // namespace kedge::cli
