#include "../scenario.hpp"

namespace kedge::rig {

namespace {

constexpr Scenario all[] = {
    {"agent_gate", play_agent_gate},
    {"btp", play_btp},
    {"link", play_link},
};

}  // namespace

std::span<const Scenario> scenarios() noexcept {
  return all;
}

}  // namespace kedge::rig
