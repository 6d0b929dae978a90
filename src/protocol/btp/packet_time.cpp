#include "packet_time.hpp"

#include <cassert>
#include <chrono>

namespace kedge::btp {

namespace {

// The letters below stand for digits of year, month, day, hour, minute, second and fraction; all else for
// itself.
constexpr std::string_view columns = "YMDhmsf";
constexpr std::string_view digits_pattern = "YYYYMMDDhhmmssfff";
constexpr std::string_view generalized_pattern = "YYYYMMDDhhmmss.fffZ";
constexpr std::string_view iso8601_pattern = "YYYY-MM-DDThh:mm:ss.fffZ";

constexpr std::string_view pattern_of(TimeFormat format) noexcept {
  switch (format) {
    case TimeFormat::digits:
      return digits_pattern;
    case TimeFormat::generalized:
      return generalized_pattern;
    case TimeFormat::iso8601:
      break;
  }
  return iso8601_pattern;
}
static_assert(pattern_of(TimeFormat::digits).size() == time_bytes(TimeFormat::digits));
static_assert(pattern_of(TimeFormat::generalized).size() == time_bytes(TimeFormat::generalized));
static_assert(pattern_of(TimeFormat::iso8601).size() == time_bytes(TimeFormat::iso8601));

constexpr int year_min = 1970;
constexpr int year_max = 9999;

/// A moment's parts, one for each of the columns.
using Parts = std::array<unsigned, columns.size()>;

Parts parts_of(WallTime time) noexcept {
  using namespace std::chrono;
  // std::chrono's calendar is arithmetic only: no time zone, no C library.
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  return {static_cast<unsigned>(static_cast<int>(date.year())),
          static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()),
          static_cast<unsigned>(clock.hours().count()),
          static_cast<unsigned>(clock.minutes().count()),
          static_cast<unsigned>(clock.seconds().count()),
          static_cast<unsigned>(clock.subseconds().count())};
}

std::optional<WallTime> moment_of(const Parts& parts) noexcept {
  using namespace std::chrono;
  const auto [year, month, day, hour, minute, second, millisecond] = parts;
  const year_month_day date{std::chrono::year(static_cast<int>(year)), std::chrono::month(month),
                            std::chrono::day(day)};
  if (!date.ok() || static_cast<int>(year) < year_min || hour > 23 || minute > 59 || second > 59) {
    return std::nullopt;
  }
  return WallTime{sys_days{date} + hours(hour) + minutes(minute) + seconds(second) +
                  milliseconds(millisecond)};
}

}  // namespace

bool is_writable(WallTime time) noexcept {
  using namespace std::chrono;
  constexpr WallTime end{sys_days{year{year_max + 1} / January / 1}};
  return time >= WallTime{} && time < end;
}

TimeText write_time(WallTime time, TimeFormat format) noexcept {
  assert(is_writable(time));
  const std::string_view pattern = pattern_of(format);
  Parts parts = parts_of(time);
  TimeText text;
  text.size = pattern.size();
  // From the right, as that is where a number's last digit stands.
  for (std::size_t i = pattern.size(); i > 0; --i) {
    const std::size_t column = columns.find(pattern[i - 1]);
    if (column == std::string_view::npos) {
      text.characters[i - 1] = pattern[i - 1];
    } else {
      text.characters[i - 1] = static_cast<char>('0' + parts[column] % 10);
      parts[column] /= 10;
    }
  }
  return text;
}

std::optional<WallTime> read_time(std::string_view text, TimeFormat format) noexcept {
  const std::string_view pattern = pattern_of(format);
  if (text.size() != pattern.size()) return std::nullopt;
  Parts parts{};
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const std::size_t column = columns.find(pattern[i]);
    if (column == std::string_view::npos) {
      if (text[i] != pattern[i]) return std::nullopt;
    } else {
      if (text[i] < '0' || text[i] > '9') return std::nullopt;
      parts[column] = parts[column] * 10 + static_cast<unsigned>(text[i] - '0');
    }
  }
  return moment_of(parts);
}

}  // namespace kedge::btp
