#pragma once
// Is a certificate valid today? Judged by the port's clock and the user's policy, in our own calendar.

#include <kedge/error.hpp>
#include <kedge/tls.hpp>

#include "mbedtls_compat.hpp"

#include <optional>

namespace kedge::tls {

/// A certificate's date (UTC) as an instant; the proleptic Gregorian calendar.
[[nodiscard]] WallTime to_wall_time(const mbedtls_x509_time& time) noexcept;

/// Appends `2026-11-29 12:00`, in UTC.
void append_minute(Error& error, WallTime time) noexcept;

/// The date rules of one handshake: the time is read once, at its beginning.
class DateJudge {
 public:
  DateJudge() noexcept = default;
  /// `now` is what the port's clock says, if it says anything. A time before the policy's floor cannot be, so
  /// it counts as no clock.
  DateJudge(const DatePolicy& policy, std::optional<WallTime> now) noexcept;

  /// False when there is neither a clock nor a floor.
  [[nodiscard]] bool can_judge() const noexcept { return now_.has_value() || floor_.has_value(); }
  /// Appends what this device knows of the time, such as "this device's clock says 1970-01-01 00:00".
  void append_now(Error& error) const noexcept;
  /// 0, MBEDTLS_X509_BADCERT_EXPIRED or MBEDTLS_X509_BADCERT_FUTURE. A certificate is valid through its last
  /// second (RFC 5280 section 4.1.2.5).
  [[nodiscard]] std::uint32_t judge(WallTime not_before, WallTime not_after) const noexcept;

 private:
  std::optional<WallTime> now_;
  std::optional<WallTime> floor_;
};

}  // namespace kedge::tls
