#include "dates.hpp"

namespace kedge::tls {

WallTime to_wall_time(const mbedtls_x509_time& time) noexcept {
  using namespace std::chrono;
  const sys_days day = year(time.year) / month(static_cast<unsigned>(time.mon)) /
                       std::chrono::day(static_cast<unsigned>(time.day));
  return WallTime(day.time_since_epoch()) + hours(time.hour) + minutes(time.min) + seconds(time.sec);
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
