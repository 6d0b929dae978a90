// The table of sides: a protocol's line is here, and nowhere else in the hub's own files.

#include "agent_gate/side.hpp"
#include "btp/side.hpp"
#include "side.hpp"

namespace kedge::hub {

Sides make_sides() {
  Sides sides;
  sides.push_back(std::make_unique<agent_gate::GateSide>());
  sides.push_back(std::make_unique<btp::ConnectorSide>());
  return sides;
}

}  // namespace kedge::hub
