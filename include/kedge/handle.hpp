#pragma once
// Identifies one use of a slot in a pool; a handle to a finished use is harmless.

#include <kedge/language.hpp>

#include <cstdint>

namespace kedge {

/// A slot's index and the generation of its use. A default-constructed handle refers to nothing.
struct Handle {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;  ///< 0 is never used

  [[nodiscard]] constexpr explicit operator bool() const noexcept { return generation != 0; }
  /// Converts a handle to one number and back, for code that carries it without knowing its pool.
  [[nodiscard]] constexpr std::uint64_t bits() const noexcept {
    return std::uint64_t{generation} << 32U | index;
  }
  [[nodiscard]] static constexpr Handle of_bits(std::uint64_t bits) noexcept {
    return {static_cast<std::uint32_t>(bits), static_cast<std::uint32_t>(bits >> 32U)};
  }
  friend constexpr bool operator==(const Handle&, const Handle&) noexcept = default;
};

}  // namespace kedge
