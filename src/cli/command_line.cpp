#include "command_line.hpp"

#include "../program/seconds.hpp"
#include "../program/usage_error.hpp"

#include <kedge/version.hpp>

#include <CLI/CLI.hpp>

namespace kedge::cli {

namespace {

constexpr const char* footer =
    "The token comes from the environment variable KEDGE_TOKEN or from --token-file, never from the command "
    "line.\n"
    "The result is JSON on standard output; states and errors are on standard error.\n"
    "\n"
    "Exit codes:\n"
    "    0  success\n"
    "    1  cancelled, closed, a queue was full, or memory ran out\n"
    "    2  wrong usage or configuration\n"
    "    3  no connection: name, TCP, TLS, upgrade, or the line was lost\n"
    "    4  the server refused the token\n"
    "    5  the request was denied, by policy or by a human\n"
    "    6  no answer in time, or the approval timed out\n"
    "    7  the server answered with an error\n"
    "    8  the server broke its protocol, or a message was too large\n"
    "  130  interrupted";

void add_connection_options(CLI::App& command, GateOptions& options, double& timeout_s) {
  command.add_option("--url", options.url, "The gateway's address, ws:// or wss://")
      ->required()
      ->envname("KEDGE_URL");
  command.add_option("--ca", options.ca_file, "PEM file of the CA to trust instead of the system's")
      ->check(CLI::ExistingFile);
  command.add_option("--token-file", options.token_file,
                     "File that holds the token; read again at each attempt");
  command.add_option("--timeout", timeout_s, "Seconds until the command gives up")
      ->default_val(930.0)
      ->check(program::seconds_between(0.001, 1e9));
  command.add_flag("--retry", options.retry, "Keep trying when the first connection fails");
  command.add_flag("--json", options.json, "States and errors as JSON lines");
}

void add_gate_commands(CLI::App& app, GateOptions& options, double& timeout_s) {
  CLI::App* gate = app.add_subcommand("agent-gate", "Tools behind a human's approval (JSON-RPC 2.0)");
  gate->require_subcommand(1);
  gate->footer(footer);

  CLI::App* call = gate->add_subcommand("call", "Run a tool and print the data of its result");
  call->add_option("TOOL", options.tool, "The tool's name")->required();
  call->add_option("JSON", options.arguments,
                   "Its arguments, a JSON object; - reads them from standard input");
  call->callback([&options] { options.verb = GateOptions::Verb::call; });

  CLI::App* pending = gate->add_subcommand(
      "pending",
      "Fetch the results of earlier requests and print them; the server deletes what it hands out");
  pending->callback([&options] { options.verb = GateOptions::Verb::pending; });

  CLI::App* tools = gate->add_subcommand("tools", "List the tools; older servers answer with error -32601");
  tools->callback([&options] { options.verb = GateOptions::Verb::tools; });

  for (CLI::App* command : {call, pending, tools}) {
    add_connection_options(*command, options, timeout_s);
    command->footer(footer);
  }
}

}  // namespace

CommandLine read_command_line(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  CLI::App app("kedge: one line to an agent gateway", "kedge");
  app.set_version_flag("--version", "kedge " KEDGE_VERSION);
  app.failure_message(program::usage_error);
  app.require_subcommand(1);
  app.footer(footer);
  CommandLine line;
  double timeout_s = 930;
  add_gate_commands(app, line.options, timeout_s);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    app.exit(error, out, err);
    line.done = asked ? ExitCode::ok : ExitCode::usage;
    return line;
  }
  line.options.timeout = std::chrono::milliseconds(static_cast<std::int64_t>(timeout_s * 1000));
  return line;
}

}  // namespace kedge::cli
