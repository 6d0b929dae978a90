#pragma once
// Hands out pieces of one span, once, at construction. Nothing is ever given back.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>

namespace kedge {

/// Bytes that `count` objects of `T` may take from an arena, padding included.
template <class T>
constexpr std::size_t arena_bytes(std::size_t count) noexcept {
  return count * sizeof(T) + alignof(T) - 1;
}

class Arena {
 public:
  explicit Arena(std::span<std::byte> memory) noexcept : rest_(memory) {}

  /// `count` value-initialised objects; empty when the arena is too small.
  template <class T>
  [[nodiscard]] std::span<T> take(std::size_t count) noexcept {
    static_assert(std::is_trivially_destructible_v<T>, "an arena destroys nothing");
    const auto address = reinterpret_cast<std::uintptr_t>(rest_.data());
    const std::size_t padding = (alignof(T) - address % alignof(T)) % alignof(T);
    if (rest_.size() < padding || (rest_.size() - padding) / sizeof(T) < count) return {};
    T* first = reinterpret_cast<T*>(rest_.data() + padding);
    std::uninitialized_value_construct_n(first, count);  // of bytes: memset, also in an unoptimised build
    rest_ = rest_.subspan(padding + count * sizeof(T));
    return {first, count};
  }
  /// `count` bytes as they are; empty when the arena is too small. For what is written before it is read:
  /// memory that nobody touches costs nothing on a system that gives pages out when they are needed.
  [[nodiscard]] std::span<std::byte> take_untouched(std::size_t count) noexcept {
    if (rest_.size() < count) return {};
    const std::span<std::byte> taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  [[nodiscard]] std::size_t left() const noexcept { return rest_.size(); }

 private:
  std::span<std::byte> rest_;
};

}  // namespace kedge
