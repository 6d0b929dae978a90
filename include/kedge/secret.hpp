#pragma once
// A credential in memory of fixed size that cannot be printed and is wiped.

#include <kedge/result.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace kedge {

/// Overwrites memory in a way the compiler may not leave out.
void wipe(std::span<std::byte> memory) noexcept;

/// A token, password or key, in memory that somebody else has: a client gives its own to be written to. Wiped
/// on destruction, on assignment and by `clear()`. One with its memory is a `SecretOf<bytes>`.
///
/// It has no stream operator and no conversion to text: `reveal()` is the only way out, so that every place
/// that reads a secret can be found by that name.
class Secret {
 public:
  /// `memory` is borrowed. `limit` is what an error names that says how long a secret may be; static storage.
  explicit Secret(std::span<char> memory, std::string_view limit = {}) noexcept
      : memory_(memory), limit_(limit) {}
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { clear(); }

  /// Copies the secret in; a part of the old one may be given, to trim it. Errors: `too_large` beyond
  /// `capacity()`, and the old value is gone.
  Result<void> assign(std::string_view secret) noexcept;
  void clear() noexcept;
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// The longest secret there is room for.
  [[nodiscard]] std::size_t capacity() const noexcept { return memory_.size(); }
  /// The secret itself, valid until the next `assign` or `clear`. Never log it.
  [[nodiscard]] std::string_view reveal() const noexcept { return {memory_.data(), size_}; }

 private:
  std::span<char> memory_;
  std::size_t size_ = 0;
  std::string_view limit_;
};

namespace detail {
template <std::size_t bytes>
struct SecretMemory {
  std::array<char, bytes> memory;
};
}  // namespace detail

/// A secret of at most `bytes` bytes, with its memory.
template <std::size_t bytes>
class SecretOf : private detail::SecretMemory<bytes>, public Secret {  // wiped before its memory is gone
 public:
  SecretOf() noexcept : Secret(this->memory) {}
};

}  // namespace kedge
