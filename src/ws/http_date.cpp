#include "http_date.hpp"

#include "http_text.hpp"

#include <chrono>

namespace kedge::ws {

namespace {

constexpr std::string_view day_names = "SunMonTueWedThuFriSat";
constexpr std::string_view month_names = "JanFebMarAprMayJunJulAugSepOctNovDec";
constexpr unsigned none = 99;

/// Which of the three-letter names, from 0; `none` when it is none of them.
unsigned name_index(std::string_view names, std::string_view name) noexcept {
  for (std::size_t i = 0; i < names.size(); i += 3) {
    if (names.substr(i, 3) == name) return static_cast<unsigned>(i / 3);
  }
  return none;
}

/// Reads `count` digits at `at`; false when one is none.
bool digits(std::string_view text, std::size_t at, std::size_t count, unsigned& value) noexcept {
  value = 0;
  for (const char c : text.substr(at, count)) {
    if (!is_digit(c)) return false;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return true;
}

/// The letters of the format stand for what is checked elsewhere; all else must be there as it is.
bool has_shape(std::string_view text) noexcept {
  constexpr std::string_view shape = "ddd, 00 mmm 0000 00:00:00 GMT";
  if (text.size() != shape.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const char wanted = shape[i];
    if (wanted != 'd' && wanted != 'm' && wanted != '0' && text[i] != wanted) return false;
  }
  return true;
}

}  // namespace

std::optional<WallTime> parse_http_date(std::string_view text) noexcept {
  if (!has_shape(text)) return std::nullopt;
  unsigned day = 0, year = 0, hour = 0, minute = 0, second = 0;
  if (!digits(text, 5, 2, day) || !digits(text, 12, 4, year) || !digits(text, 17, 2, hour) ||
      !digits(text, 20, 2, minute) || !digits(text, 23, 2, second)) {
    return std::nullopt;
  }
  const unsigned month = name_index(month_names, text.substr(8, 3));
  if (month == none || hour > 23 || minute > 59 || second > 60) return std::nullopt;  // 60: a leap second
  // std::chrono's calendar is arithmetic only: no time zone, no C library.
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)),
                                         std::chrono::month(month + 1), std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  const std::chrono::sys_days days{date};
  if (name_index(day_names, text.substr(0, 3)) != std::chrono::weekday(days).c_encoding())
    return std::nullopt;
  return WallTime{days + std::chrono::hours(hour) + std::chrono::minutes(minute) +
                  std::chrono::seconds(second)};
}

}  // namespace kedge::ws
