#include "command.hpp"

// The table: a line for each protocol, which is the name of its folder here, in the order of the help.
// clang-format off
#define KEDGE_COMMANDS(of) \
  of(agent_gate) \
  of(btp) \
  of(websocket)
// clang-format on

#define KEDGE_DECLARE(folder)              \
  namespace folder {                       \
  std::unique_ptr<Command> make_command(); \
  }
#define KEDGE_MAKE(folder) commands.push_back(folder::make_command());

namespace kedge::cli {

KEDGE_COMMANDS(KEDGE_DECLARE)

std::vector<std::unique_ptr<Command>> make_commands() {
  std::vector<std::unique_ptr<Command>> commands;
  KEDGE_COMMANDS(KEDGE_MAKE)
  return commands;
}

}  // namespace kedge::cli
