#include "input_messages.hpp"

#include <algorithm>
#include <utility>

namespace kedge::cli {

void InputMessages::append(std::string_view bytes) {
  tidy();
  buffer_.append(bytes);
}

std::optional<InputMessages::Item> InputMessages::next() noexcept {
  if (cut_ == Cut::as_read) {
    taken_ = std::min(buffer_.size() - begin_, bytes_max_);
    if (taken_ == 0) return std::nullopt;
    return Item{number_, std::string_view(buffer_).substr(begin_, taken_)};
  }
  if (skipping_) skip_line();
  const std::size_t end = buffer_.find('\n', std::max(begin_, scanned_));
  const bool whole = end != std::string::npos;
  const std::size_t size = (whole ? end : buffer_.size()) - begin_;
  scanned_ = whole ? end : buffer_.size();
  taken_ = whole ? size + 1 : size;
  if (size > bytes_max_) {
    skips_after_ = !whole;
    return Item{number_, {}, true};
  }
  if (!whole && (!ended_ || size == 0)) return std::nullopt;
  return Item{number_, std::string_view(buffer_).substr(begin_, size)};
}

void InputMessages::drop() noexcept {
  begin_ += std::exchange(taken_, 0);
  skipping_ = std::exchange(skips_after_, false);
  if (!skipping_) ++number_;
}

void InputMessages::skip_line() noexcept {
  const std::size_t end = buffer_.find('\n', begin_);
  if (end == std::string::npos) {
    begin_ = buffer_.size();
    return;
  }
  begin_ = end + 1;
  skipping_ = false;
  ++number_;
}

void InputMessages::tidy() noexcept {
  buffer_.erase(0, begin_);
  scanned_ -= std::min(scanned_, begin_);
  begin_ = 0;
}

}  // namespace kedge::cli
