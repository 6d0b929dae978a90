// port/sim.

#include "sim_ground.hpp"

using namespace kedge::test;

int main() {
  return run_contract("sim", [] { return std::make_unique<SimGround>(); },
                      {stream_promises(), port_promises(), acceptor_promises()});
}
