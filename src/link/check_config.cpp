#include "check_config.hpp"

#include <chrono>

namespace kedge {

Result<void> check(std::span<const DurationRule> rules) noexcept {
  for (const DurationRule& rule : rules) {
    if (rule.value >= rule.least) continue;
    return Error(ErrorKind::config, rule.member)
        .append(" ")
        .append(rule.words)
        .append(", is ")
        .append(std::int64_t{rule.value.count()})
        .append(" us");
  }
  return {};
}

Result<void> check(const ClientConfig& config, bool needs_credential) noexcept {
  using std::chrono::milliseconds;
  constexpr std::string_view not_negative = "must not be negative";
  const KeepaliveConfig& keepalive = config.keepalive;
  const bool pings = keepalive.interval > Duration::zero();
  const DurationRule rules[] = {
      {"ClientConfig::backoff.base", config.backoff.base, milliseconds{1}, "must be 1 ms or more"},
      {"ClientConfig::backoff.cap", config.backoff.cap, config.backoff.base,
       "must not be shorter than backoff.base"},
      must_be_positive("ClientConfig::fatal_retry_interval", config.fatal_retry_interval),
      must_be_positive("ClientConfig::retry_after_max", config.retry_after_max),
      {"ClientConfig::stable_after", config.stable_after, Duration::zero(), not_negative},
      must_be_positive("ClientConfig::resolve_timeout", config.resolve_timeout),
      must_be_positive("ClientConfig::connect_timeout", config.connect_timeout),
      must_be_positive("ClientConfig::proxy_timeout", config.proxy_timeout),
      must_be_positive("ClientConfig::tls_timeout", config.tls_timeout),
      must_be_positive("ClientConfig::upgrade_timeout", config.upgrade_timeout),
      must_be_positive("ClientConfig::authentication_timeout", config.authentication_timeout),
      must_be_positive("ClientConfig::close_timeout", config.close_timeout),
      {"ClientConfig::keepalive.interval", keepalive.interval, Duration::zero(), not_negative},
      {"ClientConfig::keepalive.timeout", keepalive.timeout, pings ? Duration{1} : Duration::zero(),
       pings ? "must be positive" : not_negative},
  };
  if (auto checked = check(rules); !checked) return checked;
  if (needs_credential && !config.credentials)
    return Error(ErrorKind::config, "ClientConfig::credentials: nobody gives the secret that the peer wants");
  return {};
}

std::string_view doubtful(const ClientConfig& config) noexcept {
  if (config.backoff.cap >= std::chrono::milliseconds{100}) return {};
  return "ClientConfig::backoff.cap is below 100 ms: a server that is down will be asked without a pause";
}

}  // namespace kedge
