#pragma once
// A credential in fixed memory that cannot be printed and is wiped.

#include <kedge/result.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace kedge {

/// Overwrites memory in a way the compiler may not leave out.
void wipe(std::span<std::byte> memory) noexcept;

/// A token, password or key of at most `bytes_max` bytes. Wiped on destruction, on assignment and by
/// `clear()`.
///
/// It has no stream operator and no conversion to text: `reveal()` is the only way out, so that every place
/// that reads a secret can be found by that name.
class Secret {
 public:
  static constexpr std::size_t bytes_max = 1024;

  Secret() noexcept = default;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { clear(); }

  /// Copies the secret in; a part of the old one may be given, to trim it. Errors: `too_large` beyond
  /// `bytes_max`, and the old value is gone.
  Result<void> assign(std::string_view secret) noexcept;
  void clear() noexcept;
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// The secret itself, valid until the next `assign` or `clear`. Never log it.
  [[nodiscard]] std::string_view reveal() const noexcept { return {bytes_.data(), size_}; }

 private:
  std::array<char, bytes_max> bytes_;
  std::size_t size_ = 0;
};

}  // namespace kedge
