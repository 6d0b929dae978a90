#include "tls/dates.hpp"

#include "support/cmocka.hpp"

#include <string>

using namespace kedge;
using namespace kedge::tls;

static WallTime at(int year, int mon, int day, int hour = 0, int min = 0, int sec = 0) {
  return to_wall_time({.year = year, .mon = mon, .day = day, .hour = hour, .min = min, .sec = sec});
}

static void calendar_is_that_of_utc(void**) {
  EXPECT(at(1970, 1, 1).time_since_epoch().count() == 0, "the epoch");
  EXPECT(at(2000, 2, 29, 12, 34, 56).time_since_epoch().count() == 951'827'696'000, "a leap day");
  EXPECT(at(1950, 1, 1).time_since_epoch().count() == -631'152'000'000, "before the epoch");
  EXPECT(at(9999, 12, 31, 23, 59, 59).time_since_epoch().count() == 253'402'300'799'000, "the last of dates");
}

static void certificate_is_valid_from_its_first_to_its_last_second(void**) {
  const WallTime first = at(2026, 1, 1), last = at(2026, 12, 31, 23, 59, 59);
  const auto judged = [&](WallTime now) { return DateJudge({}, now).judge(first, last); };
  using std::chrono::milliseconds;
  EXPECT(judged(first) == 0 && judged(last) == 0 && judged(last + milliseconds{999}) == 0, "both ends valid");
  EXPECT(judged(first - milliseconds{1}) == MBEDTLS_X509_BADCERT_FUTURE, "before");
  EXPECT(judged(last + milliseconds{1000}) == MBEDTLS_X509_BADCERT_EXPIRED, "after");
}

static void certificates_are_judged_after_2038_too(void**) {
  EXPECT(at(2038, 1, 19, 3, 14, 8).time_since_epoch().count() == 2'147'483'648'000,
         "one more than 31 bits hold");
  EXPECT(at(2106, 2, 7, 6, 28, 16).time_since_epoch().count() == 4'294'967'296'000,
         "one more than 32 bits hold");
  const auto judged = [](WallTime now) { return DateJudge({}, now).judge(at(2037, 1, 1), at(2107, 1, 1)); };
  EXPECT(judged(at(2038, 1, 20)) == 0 && judged(at(2106, 2, 8)) == 0, "valid");
  EXPECT(judged(at(2036, 12, 31)) == MBEDTLS_X509_BADCERT_FUTURE, "before");
  EXPECT(judged(at(2107, 1, 2)) == MBEDTLS_X509_BADCERT_EXPIRED, "after");
}

static void floor_counts_only_without_a_believable_clock(void**) {
  const DatePolicy policy = DatePolicy::build_time(at(2026, 1, 1));
  const DateJudge none(policy, std::nullopt);
  EXPECT(none.can_judge(), "a floor to be enough");
  EXPECT(none.judge(at(2030, 1, 1), at(2031, 1, 1)) == 0, "not_before not to be judged");
  EXPECT(none.judge(at(2020, 1, 1), at(2026, 1, 1)) == MBEDTLS_X509_BADCERT_EXPIRED, "later than, not equal");
  const DateJudge set(policy, at(2027, 1, 1));
  EXPECT(set.judge(at(2030, 1, 1), at(2031, 1, 1)) == MBEDTLS_X509_BADCERT_FUTURE, "a clock to count");
  EXPECT(!DateJudge({}, std::nullopt).can_judge(), "neither clock nor floor");
  EXPECT(DateJudge({}, std::nullopt).judge(at(2020, 1, 1), at(2099, 1, 1)) != 0, "nothing valid then");
}

static std::string minute(WallTime time) {
  Error error(ErrorKind::tls, "");
  append_minute(error, time);
  return std::string(error.message());
}

static void times_are_told_to_the_minute_in_utc(void**) {
  EXPECT_TEXT(minute(at(1970, 1, 1)), "1970-01-01 00:00");
  EXPECT_TEXT(minute(at(2026, 11, 29, 9, 5, 59) + std::chrono::milliseconds{999}), "2026-11-29 09:05");
  EXPECT_TEXT(minute(at(9999, 12, 31, 23, 59, 59)), "9999-12-31 23:59");
  EXPECT_TEXT(minute(at(1969, 12, 31, 23, 59, 59)), "1969-12-31 23:59");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(calendar_is_that_of_utc),
      cmocka_unit_test(certificate_is_valid_from_its_first_to_its_last_second),
      cmocka_unit_test(certificates_are_judged_after_2038_too),
      cmocka_unit_test(floor_counts_only_without_a_believable_clock),
      cmocka_unit_test(times_are_told_to_the_minute_in_utc),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
