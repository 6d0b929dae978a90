// The agent-gate page over libuv and TLS.

#include "support/gate_scenarios.hpp"

#include "integration/uv_ground.hpp"

int main() {
  return kedge::test::run_gate_scenarios<kedge::test::UvGround>("agent-gate over libuv and TLS");
}
