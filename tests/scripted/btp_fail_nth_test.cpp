// The BTP page while each call of a port fails.

#include "fail_nth.hpp"
#include "support/btp_scenarios.hpp"

int main() {
  using namespace kedge::test;
  static constexpr Scenario<Btp> over_tls[] = {
      {"fulfilled", connector_config, scenario::fulfilled<Dialect::crosstown>},
      {"line cut in the middle: a session resumed", connector_config,
       scenario::cut_in_the_middle<Dialect::crosstown, CutKind::abrupt>},
  };
  return Sweep<Btp>::run(btp_scenarios<Dialect::crosstown>, over_tls) +
         Sweep<Btp>::run(btp_scenarios<Dialect::btp2>, {});
}
