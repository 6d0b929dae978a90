#pragma once
// Where a daemon's log goes: a descriptor that others may have too, and that perhaps nobody reads.

#include <string_view>

namespace kedge::program {

/// Takes a line at once or not at all: a reader that has stopped must not stop the loop. The descriptor's own
/// flags are never changed, as whoever shares it would see them changed too.
class LogDescriptor {
 public:
  /// So long a line goes into a pipe whole, whoever else writes there (PIPE_BUF).
  static constexpr std::size_t line_bytes_max = 4096;

  /// `descriptor` is borrowed.
  explicit LogDescriptor(int descriptor) noexcept;
  LogDescriptor(const LogDescriptor&) = delete;
  LogDescriptor& operator=(const LogDescriptor&) = delete;
  ~LogDescriptor();

  /// Writes the line, which ends with '\n' and has at most `line_bytes_max`. False: it did not go through.
  [[nodiscard]] bool write(std::string_view line) noexcept;

 private:
  enum class Kind : unsigned char { file, socket, own, shared };

  [[nodiscard]] long write_some(std::string_view text) const noexcept;

  int descriptor_;
  Kind kind_ = Kind::shared;
  bool torn_ = false;  // the line before went out in part
};

}  // namespace kedge::program
