#pragma once
// Names a slot of a pool for one use of it; a handle to a finished use is harmless.

#include <kedge/language.hpp>

#include <cstdint>

namespace kedge {

/// A slot's index and the generation of its use. Default-constructed: names nothing.
struct Handle {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;  ///< 0 is never given out

  [[nodiscard]] constexpr explicit operator bool() const noexcept { return generation != 0; }
  /// All of it in one number, and back: for what carries a handle without knowing whose.
  [[nodiscard]] constexpr std::uint64_t bits() const noexcept {
    return std::uint64_t{generation} << 32U | index;
  }
  [[nodiscard]] static constexpr Handle of_bits(std::uint64_t bits) noexcept {
    return {static_cast<std::uint32_t>(bits), static_cast<std::uint32_t>(bits >> 32U)};
  }
  friend constexpr bool operator==(const Handle&, const Handle&) noexcept = default;
};

}  // namespace kedge
