#pragma once
// A credential in memory of fixed size that cannot be printed and is wiped.

#include <kedge/result.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace kedge {

/// Overwrites memory in a way that the compiler may not optimise away.
void wipe(std::span<std::byte> memory) noexcept;

/// A token, password or key in borrowed memory: a client passes one to be filled. Wiped at destruction, on
/// assignment and by `clear()`. `SecretOf<bytes>` has its own memory.
///
/// It has no stream operator and no conversion to text: `reveal()` is the only access, so you can find every
/// place that reads a secret by that name.
class Secret {
 public:
  /// `memory` is borrowed. `limit` names the limit that bounds the secret's size, for error messages; static
  /// storage.
  explicit Secret(std::span<char> memory, std::string_view limit = {}) noexcept
      : memory_(memory), limit_(limit) {}
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { clear(); }

  /// Copies `secret`, which may be a part of the current one (to trim it).
  /// Errors:
  /// - too_large: longer than `capacity()`; the old value is wiped
  Result<void> assign(std::string_view secret) noexcept;
  void clear() noexcept;
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// The longest secret that fits, in bytes.
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
