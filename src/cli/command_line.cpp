#include "command_line.hpp"

#include "../program/hex.hpp"
#include "../program/seconds.hpp"
#include "../program/usage_error.hpp"

#include <kedge/version.hpp>

#include <CLI/CLI.hpp>

#include <charconv>
#include <utility>

namespace kedge::cli {

namespace {

constexpr double default_send_timeout_s = 30;

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
    "    7  the server answered with an error, or rejected the packet\n"
    "    8  the server broke its protocol, or a message was too large\n"
    "  130  interrupted";

struct Arguments {
  GateOptions gate;
  SendOptions send;
  double timeout_s = 0;
  std::string amount;
  std::string data;
  std::string condition;
  std::string dialect = std::string(to_string(btp::Dialect::crosstown));
};

void add_connection_options(CLI::App& command, ConnectionOptions& options, double& timeout_s,
                            double default_s) {
  command.add_option("--url", options.url, "The gateway's address, ws:// or wss://")
      ->required()
      ->envname("KEDGE_URL");
  command.add_option("--ca", options.ca_file, "PEM file of the CA to trust instead of the system's")
      ->check(CLI::ExistingFile);
  command.add_option("--token-file", options.token_file,
                     "File that holds the token; read again at each attempt");
  // A default of CLI11's would be the last command's.
  command.add_option("--timeout", timeout_s, "Seconds until the command gives up")
      ->default_str(std::to_string(static_cast<int>(default_s)))
      ->check(program::seconds_between(0.001, 1e9));
  command.add_flag("--retry", options.retry, "Keep trying when the first connection fails");
  command.add_flag("--json", options.json, "States and errors as JSON lines");
  command.footer(footer);
}

void add_gate_commands(CLI::App& app, Arguments& arguments) {
  GateOptions& options = arguments.gate;
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
    add_connection_options(*command, options, arguments.timeout_s, GateOptions::default_timeout.count());
  }
}

// A check for an option: pairs of hexadecimal digits; so many when `bytes` is not 0.
CLI::Validator hex_bytes(std::size_t bytes) {
  return {[bytes](const std::string& text) {
            const auto read = program::from_hex(text);
            if (!read) return std::string("not pairs of hexadecimal digits");
            if (bytes == 0 || read->size() == bytes) return std::string();
            return "not " + std::to_string(bytes) + " bytes";
          },
          "HEX"};
}

// None when it is no decimal number of 64 bits.
std::optional<std::uint64_t> amount_of(std::string_view digits) noexcept {
  std::uint64_t amount = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), amount);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return amount;
}

CLI::Validator u64() {
  return {[](const std::string& text) {
            return amount_of(text) ? std::string() : std::string("not an integer from 0 to 2^64-1");
          },
          "UINT"};
}

CLI::Validator data_or_file() {
  return {[](const std::string& text) {
            const bool file = text.starts_with('@') && text.size() > 1;
            return file || program::from_hex(text) ? std::string()
                                                   : std::string("neither hexadecimal digits nor @FILE");
          },
          "HEX|@FILE"};
}

CLI::App* add_send_command(CLI::App& app, Arguments& arguments) {
  CLI::App* btp = app.add_subcommand("btp", "Interledger packets (BTP)");
  btp->require_subcommand(1);
  btp->footer(footer);
  CLI::App* send =
      btp->add_subcommand("send", "Send a PREPARE and print its FULFILL or REJECT (exit code 7)");
  send->add_option("--to", arguments.send.to, "The destination, an ILP address")->required();
  send->add_option("--amount", arguments.amount, "The amount")->required()->check(u64());
  send->add_option("--data", arguments.data, "The packet's data; @FILE: of a file; @-: of standard input")
      ->check(data_or_file());
  send->add_option("--condition", arguments.condition,
                   "32 bytes; unless given, SHA-256(data) is what fulfils the packet")
      ->check(hex_bytes(ilp::hash_bytes));
  send->add_option("--peer-id", arguments.send.peer_id, "Who we say we are")->capture_default_str();
  send->add_option("--dialect", arguments.dialect, "The connector's dialect of BTP")
      ->check(
          CLI::IsMember({to_string(kedge::btp::Dialect::crosstown), to_string(kedge::btp::Dialect::btp2)}))
      ->capture_default_str();
  add_connection_options(*send, arguments.send, arguments.timeout_s, default_send_timeout_s);
  return send;
}

std::chrono::milliseconds milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

SendOptions send_options(Arguments& arguments) {
  SendOptions options = std::move(arguments.send);
  options.amount = *amount_of(arguments.amount);
  if (arguments.data.starts_with('@')) {
    options.data_file = arguments.data.substr(1);
  } else {
    options.data = *program::from_hex(arguments.data);
  }
  if (!arguments.condition.empty()) options.condition = program::from_hex(arguments.condition);
  options.dialect = *btp::dialect_named(arguments.dialect);
  if (arguments.timeout_s > 0) options.timeout = milliseconds(arguments.timeout_s);
  return options;
}

GateOptions gate_options(Arguments& arguments) {
  GateOptions options = std::move(arguments.gate);
  options.timeout = GateOptions::default_timeout;
  if (arguments.timeout_s > 0) options.timeout = milliseconds(arguments.timeout_s);
  return options;
}

}  // namespace

CommandLine read_command_line(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  CLI::App app("kedge: one line to an agent gateway", "kedge");
  app.set_version_flag("--version", "kedge " KEDGE_VERSION);
  app.failure_message(program::usage_error);
  app.require_subcommand(1);
  app.footer(footer);
  Arguments arguments;
  add_gate_commands(app, arguments);
  const CLI::App* send = add_send_command(app, arguments);
  CommandLine line;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    app.exit(error, out, err);
    line.done = asked ? ExitCode::ok : ExitCode::usage;
    return line;
  }
  if (send->parsed()) {
    line.options = send_options(arguments);
  } else {
    line.options = gate_options(arguments);
  }
  return line;
}

}  // namespace kedge::cli
