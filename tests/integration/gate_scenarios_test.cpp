// The agent-gate page over libuv and TLS.

#include "support/gate_scenarios.hpp"

#include "integration/uv_ground.hpp"

int main() {
  using namespace kedge::test;
  return run_scenarios<UvGround, AgentGate>("agent-gate over libuv and TLS", gate_scenarios);
}
