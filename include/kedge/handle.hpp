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
  friend constexpr bool operator==(const Handle&, const Handle&) noexcept = default;
};

}  // namespace kedge
