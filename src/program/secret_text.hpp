#pragma once
// Text of a file that may hold a secret.

#include <kedge/secret.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace kedge::program {

/// At most so many bytes, and wiped in the end, whatever happens. Its memory never moves: no copy is left
/// behind.
class SecretText {
 public:
  explicit SecretText(std::size_t bytes_max) : text_(bytes_max, '\0') {}
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;
  ~SecretText() { clear(); }

  /// The room that is left.
  [[nodiscard]] std::span<char> room() noexcept { return std::span(text_).subspan(size_); }
  /// So much of the room has been filled.
  void grow(std::size_t bytes) noexcept { size_ += bytes; }
  void clear() noexcept {
    wipe(std::as_writable_bytes(std::span(text_)));
    size_ = 0;
  }
  [[nodiscard]] std::string_view view() const noexcept { return {text_.data(), size_}; }

 private:
  std::string text_;
  std::size_t size_ = 0;
};

}  // namespace kedge::program
