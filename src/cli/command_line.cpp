#include "command_line.hpp"

#include "../program/usage_error.hpp"
#include "gate_arguments.hpp"
#include "reporter.hpp"
#include "send_arguments.hpp"
#include "websocket_arguments.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <ostream>
#include <span>
#include <string_view>

namespace kedge::cli {

namespace {

// Of a line that could not be read: as whoever wrote it meant it.
bool wants_json(int argc, const char* const* argv) {
  const std::span arguments(argv, static_cast<std::size_t>(argc));
  return std::any_of(arguments.begin(), arguments.end(),
                     [](const char* argument) { return std::string_view(argument) == "--json"; });
}

}  // namespace

CommandLine read_command_line(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  CLI::App app("kedge: one line to a server, an agent gateway's or any other", "kedge");
  app.failure_message(program::usage_error);
  app.require_subcommand(1);
  add_common(app);
  GateArguments gate(app);
  SendArguments send(app);
  WebsocketArguments websocket(app);
  CommandLine line;
  try {
    app.parse(argc, argv);
    if (send.named()) {
      line.options = send.take();
    } else if (websocket.named()) {
      line.options = websocket.take();
    } else {
      line.options = gate.take();
    }
  } catch (const CLI::ParseError& error) {
    const bool asked = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    if (!asked && wants_json(argc, argv)) {
      std::string words = program::usage_error(&app, error);
      words.pop_back();  // the line's end
      err << error_as_json(Error(ErrorKind::config, {}), words) << '\n';
    } else {
      app.exit(error, out, err);
    }
    line.done = asked ? ExitCode::ok : ExitCode::usage;
  }
  return line;
}

}  // namespace kedge::cli
