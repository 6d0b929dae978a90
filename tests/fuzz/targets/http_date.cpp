// HTTP dates against the C library's calendar, both ways.
#include "ws/http_date.hpp"

#include "../fuzz.hpp"

#include <ctime>

using namespace kedge;
using namespace kedge::fuzz;

namespace {

/// RFC 9110 section 5.6.7, by strftime in the C locale.
std::string written(std::int64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

std::int64_t seconds_of(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  constexpr std::int64_t first = -30'610'224'000;  // the year 1000: four digits, as strftime pads none
  constexpr std::int64_t last = 253'402'300'799;   // the end of 9999
  const std::int64_t moment =
      first + static_cast<std::int64_t>(input.number(5) % static_cast<std::uint64_t>(last - first));
  const auto read = ws::parse_http_date(written(moment));
  PROMISE(read && seconds_of(*read) == moment, "each date is read");

  const Exact text(input.rest());
  const auto date = ws::parse_http_date(text.text());
  if (!date) return 0;
  std::string expected(text.text());
  const bool leap = expected.substr(23, 2) == "60";
  if (leap) expected.replace(23, 2, "59");
  const std::int64_t seconds = seconds_of(*date) - (leap ? 1 : 0);
  if (seconds < first) return 0;
  PROMISE(written(seconds) == expected, "what is read is written the same");
  return 0;
}
