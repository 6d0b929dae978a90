#include "link/check_config.hpp"

#include "support/cmocka.hpp"

#include <string>

using namespace kedge;
using namespace std::chrono_literals;

namespace {

/// Whether the configuration is refused, by this name.
bool refused(const ClientConfig& config, std::string_view member) {
  const auto checked = check(config, false);
  return !checked && checked.error().kind() == ErrorKind::config &&
         checked.error().message().starts_with(member) && checked.error().message()[member.size()] == ' ';
}

void the_defaults_pass(void**) {
  EXPECT(check(ClientConfig{}, false).ok(), "no fault");
  EXPECT(doubtful(ClientConfig{}).empty(), "nothing to warn of");
}

void every_duration_that_must_be_positive_is_checked_by_name(void**) {
  const struct {
    Duration ClientConfig::*member;
    const char* name;
  } table[] = {{&ClientConfig::fatal_retry_interval, "ClientConfig::fatal_retry_interval"},
               {&ClientConfig::retry_after_max, "ClientConfig::retry_after_max"},
               {&ClientConfig::resolve_timeout, "ClientConfig::resolve_timeout"},
               {&ClientConfig::connect_timeout, "ClientConfig::connect_timeout"},
               {&ClientConfig::proxy_timeout, "ClientConfig::proxy_timeout"},
               {&ClientConfig::tls_timeout, "ClientConfig::tls_timeout"},
               {&ClientConfig::upgrade_timeout, "ClientConfig::upgrade_timeout"},
               {&ClientConfig::authentication_timeout, "ClientConfig::authentication_timeout"},
               {&ClientConfig::close_timeout, "ClientConfig::close_timeout"}};
  for (const auto& one : table) {
    for (const Duration value : {Duration::zero(), Duration{-1}, Duration::min()}) {
      ClientConfig config;
      config.*one.member = value;
      EXPECT(refused(config, one.name), one.name);
    }
    for (const Duration value : {Duration{1}, Duration::max()}) {
      ClientConfig config;
      config.*one.member = value;
      EXPECT(check(config, false).ok(), one.name);
    }
  }
}

void a_backoff_that_storms_is_refused_by_name(void**) {
  const struct {
    Duration base, cap;
    const char* name;  // empty: it passes
  } table[] = {{0s, 30s, "ClientConfig::backoff.base"},
               {-1s, 30s, "ClientConfig::backoff.base"},
               {999us, 30s, "ClientConfig::backoff.base"},
               {0s, 0s, "ClientConfig::backoff.base"},
               {1s, 0s, "ClientConfig::backoff.cap"},
               {1s, -1s, "ClientConfig::backoff.cap"},
               {1s, 999ms, "ClientConfig::backoff.cap"},
               {1ms, 1ms, ""},
               {1s, 1s, ""},
               {Duration::max(), Duration::max(), ""}};
  for (const auto& one : table) {
    ClientConfig config;
    config.backoff.base = one.base;
    config.backoff.cap = one.cap;
    const std::string_view name = one.name;
    EXPECT(name.empty() ? check(config, false).ok() : refused(config, name), "the table's word");
  }
}

void a_cap_below_100_ms_is_worth_a_warning(void**) {
  ClientConfig config;
  config.backoff.base = 1ms;
  config.backoff.cap = 99ms;
  EXPECT(check(config, false).ok() && doubtful(config).find("backoff.cap") != std::string_view::npos,
         "taken, with a word");
  config.backoff.cap = 100ms;
  EXPECT(doubtful(config).empty(), "no word");
}

void keepalive_and_stable_after_may_be_zero_and_not_negative(void**) {
  ClientConfig config;
  config.stable_after = Duration::zero();
  config.keepalive = {Duration::zero(), Duration::zero()};
  EXPECT(check(config, false).ok(), "no pings, and an exponent that starts again at once");
  config.stable_after = Duration{-1};
  EXPECT(refused(config, "ClientConfig::stable_after"), "negative");
  config.stable_after = 1s;
  config.keepalive = {Duration{-1}, 10s};
  EXPECT(refused(config, "ClientConfig::keepalive.interval"), "negative");
  config.keepalive = {30s, Duration::zero()};
  EXPECT(refused(config, "ClientConfig::keepalive.timeout"), "a pong that is late before it can come");
  config.keepalive = {Duration::zero(), Duration{-1}};
  EXPECT(refused(config, "ClientConfig::keepalive.timeout"), "negative, though nothing is pinged");
}

void what_it_was_is_told_with_the_name(void**) {
  ClientConfig config;
  config.connect_timeout = -5ms;
  EXPECT_TEXT(std::string(check(config, false).error().message()),
              "ClientConfig::connect_timeout must be positive, is -5000 us");
}

void a_credential_source_is_asked_for_where_it_is_needed(void**) {
  ClientConfig config;
  const Error error = check(config, true).error();
  EXPECT(error.kind() == ErrorKind::config, "refused");
  EXPECT(error.message().starts_with("ClientConfig::credentials"), "by name");
  config.credentials = [](Secret& secret) noexcept { return secret.assign("x"); };
  EXPECT(check(config, true).ok(), "taken");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_defaults_pass),
      cmocka_unit_test(every_duration_that_must_be_positive_is_checked_by_name),
      cmocka_unit_test(a_backoff_that_storms_is_refused_by_name),
      cmocka_unit_test(a_cap_below_100_ms_is_worth_a_warning),
      cmocka_unit_test(keepalive_and_stable_after_may_be_zero_and_not_negative),
      cmocka_unit_test(what_it_was_is_told_with_the_name),
      cmocka_unit_test(a_credential_source_is_asked_for_where_it_is_needed),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
