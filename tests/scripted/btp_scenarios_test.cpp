// The BTP page over the simulated network.

#include "support/btp_scenarios.hpp"

#include "sim_ground.hpp"

int main() {
  using namespace kedge::test;
  return run_scenarios<SimGround, Btp>("crosstown over port/sim", btp_scenarios<Dialect::crosstown>) +
         run_scenarios<SimGround, Btp>("BTP/2.0 over port/sim", btp_scenarios<Dialect::btp2>);
}
