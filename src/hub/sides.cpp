#include "side.hpp"

// The table: a line for each protocol, which is the name of its folder here. The first is what a hub is that
// is told nothing; a server asks them for a path in this order.
// clang-format off
#define KEDGE_SIDES(of) \
  of(agent_gate) \
  of(btp)
// clang-format on

#define KEDGE_DECLARE(folder)        \
  namespace folder {                 \
  std::unique_ptr<Side> make_side(); \
  }
#define KEDGE_MAKE(folder) sides.push_back(folder::make_side());

namespace kedge::hub {

KEDGE_SIDES(KEDGE_DECLARE)

Sides make_sides() {
  Sides sides;
  KEDGE_SIDES(KEDGE_MAKE)
  return sides;
}

}  // namespace kedge::hub
