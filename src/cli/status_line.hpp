#pragma once
// One line on a terminal that says what is waited for, drawn again in its place.

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

namespace kedge::cli {

class StatusLine {
 public:
  /// `terminal` is borrowed; null: nothing is ever drawn.
  explicit StatusLine(std::FILE* terminal) noexcept : terminal_(terminal) {}

  [[nodiscard]] bool drawn_at_all() const noexcept { return terminal_ != nullptr; }
  /// Printable ASCII, shorter than a terminal's line.
  void draw(std::string_view text);
  /// Takes it away, so that other output can stand there.
  void clear();

 private:
  std::FILE* terminal_;
  std::size_t width_ = 0;  // of what stands there
};

}  // namespace kedge::cli
