#include "ws/http_date.hpp"

#include "support/cmocka.hpp"

using namespace kedge;
using namespace kedge::ws;

static void expect_date(std::string_view text, std::int64_t seconds) {
  const auto moment = parse_http_date(text);
  EXPECT(moment.has_value(), "a date");
  EXPECT(moment->time_since_epoch() == std::chrono::seconds(seconds), "its seconds since 1970");
}

static void dates_are_seconds_since_1970_in_utc(void**) {
  expect_date("Sun, 06 Nov 1994 08:49:37 GMT", 784111777);  // RFC 9110 section 5.6.7
  expect_date("Thu, 01 Jan 1970 00:00:00 GMT", 0);
  expect_date("Wed, 31 Dec 1969 23:59:59 GMT", -1);
  expect_date("Tue, 29 Feb 2000 12:00:00 GMT", 951825600);
  expect_date("Tue, 19 Jan 2038 03:14:08 GMT", 2147483648);
  expect_date("Sat, 31 Dec 2016 23:59:60 GMT", 1483228800);  // a leap second counts as the next one
}

static void what_is_no_imf_fixdate_is_no_date(void**) {
  for (const char* text : {"",
                           "0",
                           "Sun, 06 Nov 1994 08:49:37",
                           "Sun, 06 Nov 1994 08:49:37 UTC",
                           "Sun, 06 Nov 1994 08:49:37 GMT ",
                           "Sunday, 06-Nov-94 08:49:37 GMT",
                           "Sun Nov  6 08:49:37 1994",
                           "Mon, 06 Nov 1994 08:49:37 GMT",
                           "sun, 06 Nov 1994 08:49:37 GMT",
                           "Sun, 06 nov 1994 08:49:37 GMT",
                           "Sun, 6 Nov 1994  08:49:37 GMT",
                           "Sun, 0x Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov 19x4 08:49:37 GMT",
                           "Sun, 06 Nov 1994 0x:49:37 GMT",
                           "Sun, 06 Nov 1994 08:x9:37 GMT",
                           "Sun, 06 Nov 1994 08:49:3x GMT",
                           "Sun, 06 Nov 1994 24:49:37 GMT",
                           "Sun, 06 Nov 1994 08:60:37 GMT",
                           "Sun, 06 Nov 1994 08:49:61 GMT",
                           "Thu, 29 Feb 2001 00:00:00 GMT",
                           "Sun, 31 Apr 2000 00:00:00 GMT",
                           "Sun, 00 Nov 1994 08:49:37 GMT"}) {
    EXPECT(!parse_http_date(text), text);
  }
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(dates_are_seconds_since_1970_in_utc),
      cmocka_unit_test(what_is_no_imf_fixdate_is_no_date),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
