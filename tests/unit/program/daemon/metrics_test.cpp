#include "program/daemon/metrics.hpp"

#include "support/cmocka.hpp"

#include <chrono>
#include <optional>
#include <string>

using namespace kedge;
using namespace kedge::program;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

/// The samples of certificates that expire then, a line each.
std::string told(std::optional<WallTime> peer, std::optional<WallTime> client, std::optional<WallTime> now) {
  Metrics metrics;
  add_certificates(metrics, peer, client, now);
  std::string samples = metrics.take();
  while (samples.find('#') != std::string::npos) {
    const std::size_t at = samples.find('#');
    samples.erase(at, samples.find('\n', at) + 1 - at);
  }
  return samples;
}

void what_a_certificate_has_left_is_in_whole_seconds_and_negative_behind_its_end(void**) {
  const auto left = [](WallTime::duration left) {
    return told(WallTime{1h + left}, std::nullopt, WallTime{1h});
  };
  const std::string name = "kedge_tls_peer_certificate_expiry_seconds ";
  EXPECT_TEXT(left(1s), name + "1\n");
  EXPECT_TEXT(left(999ms), name + "0\n");
  EXPECT_TEXT(left(0ms), name + "0\n");
  EXPECT_TEXT(left(-1ms), name + "-1\n");
  EXPECT_TEXT(left(-1h), name + "-3600\n");
  EXPECT_TEXT(left(std::chrono::hours{24 * 365 * 100}), name + "3153600000\n");
}

void of_what_is_not_known_nothing_is_told(void**) {
  EXPECT_TEXT(told(std::nullopt, std::nullopt, WallTime{1s}), "");
  EXPECT_TEXT(told(WallTime{2s}, WallTime{2s}, std::nullopt), "");
  EXPECT_TEXT(told(std::nullopt, WallTime{2s}, WallTime{1s}),
              "kedge_tls_client_certificate_expiry_seconds 1\n");
}

void a_metric_has_its_help_its_type_and_its_value(void**) {
  Metrics metrics;
  metrics.counter("a_total", "Of a.", 18446744073709551615U);
  metrics.known("b", "Of b.", std::nullopt);
  metrics.seconds("c_seconds", "Of c.", 1500250us);
  EXPECT_TEXT(metrics.take(),
              "# HELP a_total Of a.\n# TYPE a_total counter\na_total 18446744073709551615\n"
              "# HELP c_seconds Of c.\n# TYPE c_seconds gauge\nc_seconds 1.500250\n");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(what_a_certificate_has_left_is_in_whole_seconds_and_negative_behind_its_end),
      cmocka_unit_test(of_what_is_not_known_nothing_is_told),
      cmocka_unit_test(a_metric_has_its_help_its_type_and_its_value),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
