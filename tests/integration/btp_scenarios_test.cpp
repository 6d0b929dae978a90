// The BTP page over libuv and TLS.

#include "support/btp_scenarios.hpp"

#include "integration/uv_ground.hpp"

int main() {
  using namespace kedge::test;
  return run_scenarios<UvGround, Btp>("crosstown over libuv and TLS", btp_scenarios<Dialect::crosstown>) +
         run_scenarios<UvGround, Btp>("BTP/2.0 over libuv and TLS", btp_scenarios<Dialect::btp2>);
}
