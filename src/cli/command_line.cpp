#include "command_line.hpp"

#include "../program/usage_error.hpp"
#include "gate_arguments.hpp"
#include "send_arguments.hpp"

#include <CLI/CLI.hpp>

namespace kedge::cli {

CommandLine read_command_line(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  CLI::App app("kedge: one line to an agent gateway", "kedge");
  app.failure_message(program::usage_error);
  app.require_subcommand(1);
  add_common(app);
  GateArguments gate(app);
  SendArguments send(app);
  CommandLine line;
  try {
    app.parse(argc, argv);
    if (send.named()) {
      line.options = send.take();
    } else {
      line.options = gate.take();
    }
  } catch (const CLI::ParseError& error) {
    const bool asked = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    app.exit(error, out, err);
    line.done = asked ? ExitCode::ok : ExitCode::usage;
  }
  return line;
}

}  // namespace kedge::cli
