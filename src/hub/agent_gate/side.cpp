#include "side.hpp"

#include "../../program/token.hpp"
#include "../text_file.hpp"

#include <cmath>
#include <stdexcept>
#include <utility>

namespace kedge::hub::agent_gate {

namespace {

constexpr const char* token_variable = "KEDGE_HUB_TOKEN";

Duration duration(double seconds) {
  return Duration(std::llround(seconds * 1e6));
}

}  // namespace

bool GateSide::wanted() const {
  return given_.any() || program::TokenSource({}, token_variable).is_given();
}

// The command line wins over the policy file.
void GateSide::prepare(const program::Patience& patience) {
  if (!given_.policy_file.empty()) {
    config_ = read_config(read_named_file("policy file", given_.policy_file, patience)->view());
  }
  if (given_.generation) {
    config_.generation = *given_.generation == "older" ? Generation::older : Generation::newer;
  }
  if (given_.auth_timeout_s) config_.auth_timeout = duration(*given_.auth_timeout_s);
  if (given_.approval_timeout_s) config_.approval_timeout = duration(*given_.approval_timeout_s);
  if (given_.result_ttl_s) config_.result_ttl = duration(*given_.result_ttl_s);
  if (given_.requests_per_minute) config_.requests_per_minute = *given_.requests_per_minute;
  program::TokenSource token(given_.token_file, token_variable);
  const auto read = token.prepare(patience);
  if (read.error().kind() == ErrorKind::cancelled) throw Interrupted();
  if (!read) throw std::runtime_error(std::string(read.error().message()));
  gate_.emplace(config_, token.last().reveal());
  operator_.emplace(*gate_);
}

std::unique_ptr<Side> make_side() {
  return std::make_unique<GateSide>();
}

}  // namespace kedge::hub::agent_gate
