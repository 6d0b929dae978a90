#pragma once
// The ways in which BTP and ILP write a moment: UTC, to the millisecond, in fixed columns.

#include <kedge/time.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace kedge::btp {

enum class TimeFormat : std::uint8_t {
  digits,       ///< 20261201123456789: an ILP packet of btp2 (RFC-0027)
  generalized,  ///< 20261201123456.789Z: an ILP packet of crosstown, an ERROR of btp2 (RFC-0023)
  iso8601,      ///< 2026-12-01T12:34:56.789Z: an ERROR of crosstown
};

/// Characters of a moment.
[[nodiscard]] constexpr std::size_t time_bytes(TimeFormat format) noexcept {
  return format == TimeFormat::digits ? 17 : format == TimeFormat::generalized ? 19 : 24;
}

/// Whether the moment can be written: it lies in the years 1970 to 9999.
[[nodiscard]] bool is_writable(WallTime time) noexcept;

/// A moment in characters.
struct TimeText {
  std::array<char, 24> characters;
  std::size_t size;
  [[nodiscard]] std::string_view view() const noexcept { return {characters.data(), size}; }
};
/// For a time that `is_writable`.
[[nodiscard]] TimeText write_time(WallTime time, TimeFormat format) noexcept;

/// The moment that stands there; none when it is not in that format, is no day of the calendar (leap seconds
/// among them) or lies before 1970.
[[nodiscard]] std::optional<WallTime> read_time(std::string_view text, TimeFormat format) noexcept;

}  // namespace kedge::btp
