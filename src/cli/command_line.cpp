#include "command_line.hpp"

#include "../program/usage_error.hpp"
#include "connection_arguments.hpp"
#include "reporter.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kedge::cli {

namespace {

// Of a line that could not be read: as whoever wrote it meant it.
bool wants_json(int argc, const char* const* argv) {
  const std::span arguments(argv, static_cast<std::size_t>(argc));
  return std::any_of(arguments.begin(), arguments.end(),
                     [](const char* argument) { return std::string_view(argument) == "--json"; });
}

using Commands = std::vector<std::unique_ptr<Command>>;

// What the help says of a command that has a result.
std::string results_output(const Commands& commands) {
  std::string text;
  for (const auto& command : commands) text.append(command->words().of_results);
  return text.append("The result is JSON on standard output; states and errors are on standard error.\n");
}

std::unique_ptr<Command> take_named(const CLI::App& app, Commands& commands) {
  for (auto& command : commands) {
    if (!app.got_subcommand(command->words().name)) continue;
    command->take();
    return std::move(command);
  }
  return nullptr;  // never: CLI11 requires one
}

}  // namespace

CommandLine read_command_line(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  CLI::App app("kedge: one line to a server, an agent gateway's or any other", "kedge");
  app.failure_message(program::usage_error);
  app.require_subcommand(1);
  Commands commands = make_commands();
  const std::string output = results_output(commands);
  add_common(app, output);
  for (const auto& command : commands) {
    command->add_to(*app.add_subcommand(command->words().name, command->words().description), output);
  }
  CommandLine line;
  try {
    app.parse(argc, argv);
    line.command = take_named(app, commands);
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
