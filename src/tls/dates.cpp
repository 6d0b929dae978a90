#include "dates.hpp"

#include <chrono>
#include <string_view>

namespace kedge::tls {

WallTime to_wall_time(const mbedtls_x509_time& time) noexcept {
  using namespace std::chrono;
  const sys_days day = year(time.year) / month(static_cast<unsigned>(time.mon)) /
                       std::chrono::day(static_cast<unsigned>(time.day));
  return WallTime(day.time_since_epoch()) + hours(time.hour) + minutes(time.min) + seconds(time.sec);
}

namespace {

void append_two_digits(Error& error, std::string_view before, std::int64_t number) noexcept {
  error.append(before).append(number < 10 ? "0" : "").append(number);
}

}  // namespace

void append_minute(Error& error, WallTime time) noexcept {
  using namespace std::chrono;
  const sys_days day = floor<days>(time);
  const year_month_day date(day);
  const auto minutes = floor<std::chrono::minutes>(time - day).count();
  error.append(std::int64_t{static_cast<int>(date.year())});
  append_two_digits(error, "-", static_cast<unsigned>(date.month()));
  append_two_digits(error, "-", static_cast<unsigned>(date.day()));
  append_two_digits(error, " ", minutes / 60);
  append_two_digits(error, ":", minutes % 60);
}

void DateJudge::append_now(Error& error) const noexcept {
  if (now_) {
    append_minute(error.append("this device's clock says "), *now_);
  } else if (floor_) {
    append_minute(error.append("it is "), *floor_);
    error.append(" or later (no clock)");
  }
}

DateJudge::DateJudge(const DatePolicy& policy, std::optional<WallTime> now) noexcept
    : now_(now), floor_(policy.floor) {
  if (now_ && floor_ && *now_ < *floor_) now_.reset();
}

std::uint32_t DateJudge::judge(WallTime not_before, WallTime not_after) const noexcept {
  if (!now_) {
    return floor_ && not_after > *floor_ ? 0U : std::uint32_t{MBEDTLS_X509_BADCERT_EXPIRED};
  }
  if (*now_ < not_before) return MBEDTLS_X509_BADCERT_FUTURE;
  if (*now_ - std::chrono::seconds{1} >= not_after) return MBEDTLS_X509_BADCERT_EXPIRED;
  return 0;
}

}  // namespace kedge::tls
