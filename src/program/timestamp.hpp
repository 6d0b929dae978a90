#pragma once
// A time of day as text, in fixed memory: a log must be written when there is none.

#include <kedge/time.hpp>

#include <array>
#include <cstddef>
#include <string_view>

namespace kedge::program {

struct Timestamp {
  std::array<char, 48> chars{};
  std::size_t size = 0;
  [[nodiscard]] std::string_view text() const noexcept { return {chars.data(), size}; }
};

/// RFC 3339, UTC, to the millisecond.
[[nodiscard]] Timestamp rfc3339(WallTime time) noexcept;

}  // namespace kedge::program
