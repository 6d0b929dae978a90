// The agent-gate page while each call of a port fails.

#include "fail_nth.hpp"
#include "support/gate_scenarios.hpp"

int main() {
  using namespace kedge::test;
  static constexpr Scenario<AgentGate> over_tls[] = {
      {"allowed", scenario::newer, scenario::allowed},
      {"approved while offline: a session resumed", scenario::newer, scenario::approved_offline},
  };
  return Sweep<AgentGate>::run(gate_scenarios, over_tls);
}
