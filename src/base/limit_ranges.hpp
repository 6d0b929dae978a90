#pragma once
// What the members of limits may be, and how one that is not is told.

#include <kedge/result.hpp>

#include <cstdint>
#include <span>

namespace kedge {

/// Most bytes of a buffer: 256 MiB, so that the sum of all of them stays below 32 bits.
inline constexpr std::uint64_t buffer_bytes_most = 0x10000000;

struct LimitRange {
  const char* name;  ///< of the member
  std::uint64_t value;
  std::uint64_t least;
  std::uint64_t most;
};

/// Errors: config, with the first that is out of its range: its name, and what it may be.
[[nodiscard]] Result<void> check_ranges(std::span<const LimitRange> ranges) noexcept;

}  // namespace kedge
