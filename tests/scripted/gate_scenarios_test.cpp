// The agent-gate page over the simulated network.

#include "support/gate_scenarios.hpp"

#include "sim_ground.hpp"

int main() {
  return kedge::test::run_gate_scenarios<kedge::test::SimGround>("agent-gate over port/sim");
}
