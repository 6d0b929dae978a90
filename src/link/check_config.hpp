#pragma once
// Whether a configuration can be kept, told by the name of the member that cannot.

#include <kedge/client_config.hpp>
#include <kedge/result.hpp>

#include <span>
#include <string_view>

namespace kedge {

/// One duration of a configuration, and the shortest that it may be.
struct DurationRule {
  std::string_view member;  ///< such as "ClientConfig::connect_timeout"
  Duration value;
  Duration least;
  std::string_view words;  ///< what `least` means: "must be positive"
};

/// What every duration is that nothing else is said of.
[[nodiscard]] constexpr DurationRule must_be_positive(std::string_view member, Duration value) noexcept {
  return {member, value, Duration{1}, "must be positive"};
}

/// Errors: config, naming the first member that breaks its rule.
[[nodiscard]] Result<void> check(std::span<const DurationRule> rules) noexcept;

/// Whether a client's durations make sense together: a delay of nothing would be a storm of attempts. Its URL
/// is not looked at. Errors: config, naming the member; no credential source when one is needed.
[[nodiscard]] Result<void> check(const ClientConfig& config, bool needs_credential) noexcept;

/// What may be meant but is worth a warning in the log; empty when nothing is.
[[nodiscard]] std::string_view doubtful(const ClientConfig& config) noexcept;

}  // namespace kedge
