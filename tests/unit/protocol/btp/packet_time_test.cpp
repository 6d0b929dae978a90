#include "protocol/btp/packet_time.hpp"

#include "support/cmocka.hpp"

#include <ctime>

using namespace kedge;
using namespace kedge::btp;

constexpr TimeFormat all_formats[] = {TimeFormat::digits, TimeFormat::generalized, TimeFormat::iso8601};

static WallTime at(std::int64_t milliseconds) {
  return WallTime{std::chrono::milliseconds{milliseconds}};
}

static std::string written(std::int64_t milliseconds, TimeFormat format) {
  EXPECT(is_writable(at(milliseconds)), "a moment that can be written");
  const TimeText text = write_time(at(milliseconds), format);
  EXPECT(text.size == time_bytes(format), "as long as foretold");
  return std::string(text.view());
}

static void moments_are_written_in_each_format(void**) {
  EXPECT_TEXT(written(1796128496789, TimeFormat::digits), "20261201123456789");
  EXPECT_TEXT(written(1796128496789, TimeFormat::generalized), "20261201123456.789Z");
  EXPECT_TEXT(written(1796128496789, TimeFormat::iso8601), "2026-12-01T12:34:56.789Z");
  EXPECT_TEXT(written(0, TimeFormat::iso8601), "1970-01-01T00:00:00.000Z");
  EXPECT_TEXT(written(5, TimeFormat::digits), "19700101000000005");
  EXPECT_TEXT(written(253402300799999, TimeFormat::iso8601), "9999-12-31T23:59:59.999Z");
}

static void years_1970_to_9999_can_be_written_and_no_other(void**) {
  EXPECT(!is_writable(at(-1)) && is_writable(at(0)), "from 1970");
  EXPECT(is_writable(at(253402300799999)) && !is_writable(at(253402300800000)), "to 9999");
  EXPECT(!is_writable(WallTime::min()) && !is_writable(WallTime::max()), "nor what wraps");
}

static void expect_round_trip(std::int64_t moment) {
  const std::time_t seconds = static_cast<std::time_t>(moment / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char expected[32];
  std::strftime(expected, sizeof expected, "%Y%m%d%H%M%S", &parts);
  EXPECT_TEXT(written(moment, TimeFormat::digits).substr(0, 14), expected);
  for (const TimeFormat format : all_formats) {
    const auto back = read_time(written(moment, format), format);
    EXPECT(back && *back == at(moment), "the same moment");
  }
}

static void days_agree_with_the_c_library_and_make_the_round_trip(void**) {
  // A second and a millisecond less than whole days, so that the time of day moves too.
  constexpr std::int64_t day = 86'400'000;
  constexpr std::int64_t end_of_2105 = 4291747200000;
  for (std::int64_t moment = 0; moment < end_of_2105; moment += day - 1001) expect_round_trip(moment);
  for (std::int64_t moment = 0; moment < 253402300800000; moment += 97 * day - 1001)
    expect_round_trip(moment);
}

static void leap_years_have_a_29th_of_february(void**) {
  for (const char* text : {"20240229000000000", "20000229000000000", "24000229000000000"}) {
    EXPECT(read_time(text, TimeFormat::digits), text);
  }
  for (const char* text :
       {"20230229000000000", "19000229000000000", "21000229000000000", "20240230000000000"}) {
    EXPECT(!read_time(text, TimeFormat::digits), text);
  }
}

static void what_is_no_moment_is_not_read(void**) {
  for (const char* text :
       {"20261301123456.789Z",  "20260001123456.789Z", "20261200123456.789Z",      "20261232123456.789Z",
        "20261131123456.789Z",  "20261201243456.789Z", "20261201126056.789Z",      "20261201123460.789Z",
        "19691231235959.999Z",  "00000101000000.000Z", "20261201123456,789Z",      "20261201123456.789z",
        "20261201123456.789+",  "2026120112345 .789Z", "-0261201123456.789Z",      "20261201123456.78Z",
        "20261201123456.7890Z", "20261201123456789",   "2026-12-01T12:34:56.789Z", ""}) {
    EXPECT(!read_time(text, TimeFormat::generalized), text);
  }
  for (const char* text : {"20261301123456789", "2026120112345678", "202612011234567890", "2026120112345678x",
                           "20261201123456.789Z", "+2026120112345678"}) {
    EXPECT(!read_time(text, TimeFormat::digits), text);
  }
  for (const char* text : {"2026-13-01T12:34:56.789Z", "2026-12-01 12:34:56.789Z", "2026-12-01T12:34:56.789",
                           "2026/12/01T12:34:56.789Z", "2026-12-01T24:00:00.000Z", "20261201123456.789Z"}) {
    EXPECT(!read_time(text, TimeFormat::iso8601), text);
  }
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(moments_are_written_in_each_format),
      cmocka_unit_test(years_1970_to_9999_can_be_written_and_no_other),
      cmocka_unit_test(days_agree_with_the_c_library_and_make_the_round_trip),
      cmocka_unit_test(leap_years_have_a_29th_of_february),
      cmocka_unit_test(what_is_no_moment_is_not_read),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
