// The options of agent-gate's side.

#include "../../program/option_checks.hpp"
#include "side.hpp"

#include <CLI/CLI.hpp>

#include <limits>

namespace kedge::hub::agent_gate {

void GateSide::add_options(CLI::App& app) {
  app.add_option("--policy", given_.policy_file, "Policy file (JSON): who may run what, and the tools");
  app.add_option("--token-file", given_.token_file, "File that holds the token");
  app.add_option("--generation", given_.generation, "Behave as an older or a newer server")
      ->check(CLI::IsMember({"older", "newer"}));
  const CLI::Validator seconds = program::seconds_between(0.001, 31'536'000.0);
  app.add_option("--auth-timeout", given_.auth_timeout_s, "Seconds to authenticate in [10]")
      ->type_name("SECONDS")
      ->check(seconds);
  app.add_option("--approval-timeout", given_.approval_timeout_s, "Seconds an approval may take [900]")
      ->type_name("SECONDS")
      ->check(seconds);
  app.add_option("--result-ttl", given_.result_ttl_s, "Seconds a result is kept for an absent agent [86400]")
      ->type_name("SECONDS")
      ->check(seconds);
  app.add_option("--requests-per-minute", given_.requests_per_minute, "Tool requests; 0: no limit [60]")
      ->type_name("NUMBER")
      ->transform(program::whole_number_between(0, std::numeric_limits<std::uint32_t>::max()));
}

std::string_view GateSide::help() const noexcept {
  return "The token that agents must show comes from the environment variable KEDGE_HUB_TOKEN or from\n"
         "--token-file, never from the command line. Without a policy file every tool is denied.\n";
}

}  // namespace kedge::hub::agent_gate
