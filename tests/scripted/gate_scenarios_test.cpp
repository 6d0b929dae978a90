// The agent-gate page over the simulated network.

#include "support/gate_scenarios.hpp"

#include "sim_ground.hpp"

int main() {
  using namespace kedge::test;
  return run_scenarios<SimGround, AgentGate>("agent-gate over port/sim", gate_scenarios);
}
