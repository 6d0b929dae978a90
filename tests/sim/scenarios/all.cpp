#include "../scenario.hpp"
#include "agent_gate.hpp"

#include <array>

namespace kedge::rig {

namespace {

constexpr std::array<Scenario, 1> all = {{{"agent_gate", play_agent_gate}}};

}  // namespace

std::span<const Scenario> scenarios() noexcept {
  return all;
}

}  // namespace kedge::rig
