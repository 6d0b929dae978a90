#include "status_line.hpp"

namespace kedge::cli {

void StatusLine::draw(std::string_view text) {
  if (terminal_ == nullptr) return;
  clear();
  std::fprintf(terminal_, "%.*s", static_cast<int>(text.size()), text.data());
  std::fflush(terminal_);
  width_ = text.size();
}

// Blanks, not a sequence that a terminal may not know.
void StatusLine::clear() {
  if (width_ == 0) return;
  std::fprintf(terminal_, "\r%*s\r", static_cast<int>(width_), "");
  std::fflush(terminal_);
  width_ = 0;
}

}  // namespace kedge::cli
