#include "command_line.hpp"

#include "../program/address.hpp"
#include "../program/log_level.hpp"
#include "../program/usage_error.hpp"
#include "text_file.hpp"

#include <kedge/version.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

namespace kedge::hub {

namespace {

constexpr const char* footer =
    "When it listens, one line of JSON on standard output tells the addresses:\n"
    "    {\"event\":\"listening\",\"url\":\"ws://127.0.0.1:PORT/\",...,\"operator\":\"http://...\"}\n"
    "The log is on standard error, a JSON object a line. SIGTERM and SIGINT close every line with 1001;\n"
    "a second one ends at once.\n"
    "\n"
    "Exit codes:\n"
    "    0  shut down by a signal\n"
    "    1  something unexpected, or memory ran out\n"
    "    2  wrong usage: command line, a file it names, token, certificate or key\n"
    "    3  an address could not be bound\n"
    "  130  a second signal came before the shutdown was over";

struct Arguments {
  program::LogLevelOption log_level;
  std::string listen = "127.0.0.1:0";
  std::string operator_address = "127.0.0.1:0";
  std::string certificate_file;
  std::string key_file;
};

void add_options(CLI::App& app, Arguments& arguments, const Sides& sides) {
  app.add_option("--listen", arguments.listen, "Where agents connect: ADDR:PORT, [ADDR]:PORT; port 0: any")
      ->capture_default_str();
  app.add_option("--operator", arguments.operator_address,
                 "Where the operator's HTTP API listens: a port, or 127.0.0.1:PORT; 0: any")
      ->capture_default_str();
  CLI::Option* certificate =
      app.add_option("--cert", arguments.certificate_file, "PEM file of the server's certificate chain: TLS");
  CLI::Option* key = app.add_option("--key", arguments.key_file, "PEM file of its private key");
  certificate->needs(key);
  key->needs(certificate);
  std::string help;
  for (const auto& side : sides) {
    side->add_options(app);
    help += side->help();
  }
  arguments.log_level.add_to(app);
  app.set_version_flag("--version", "kedge-hub " KEDGE_VERSION);
  app.footer(help + footer);
}

// Those that were asked for, or else the first.
void prepare(Sides& sides) {
  const program::Patience patience(program::daemon_patience);
  if (std::any_of(sides.begin(), sides.end(), [](const auto& side) { return side->wanted(); })) {
    std::erase_if(sides, [](const auto& side) { return !side->wanted(); });
  } else {
    sides.resize(1);
  }
  for (const auto& side : sides) side->prepare(patience);
}

// Where two sides share an address, a path leads to one of them.
void check_paths(const Sides& sides) {
  std::map<std::string, const Side*> taken;
  for (const auto& side : sides) {
    if (side->own_address()) continue;
    for (const std::string& path : side->paths()) {
      const auto [at, fresh] = taken.emplace(path, side.get());
      if (fresh) continue;
      const std::string what = path == "*" ? "any path that is left" : "the path " + path;
      throw std::runtime_error(std::string(side->name()) + ": " + what + " is " +
                               std::string(at->second->name()) + "'s: take another");
    }
  }
}

HubOptions make_options(const Arguments& arguments, Sides sides) {
  HubOptions options;
  const auto listen = program::parse_address(arguments.listen);
  if (!listen) throw std::runtime_error("--listen: not ADDR:PORT: " + arguments.listen);
  options.listen = *listen;
  const auto operator_address = program::parse_address(arguments.operator_address, "127.0.0.1");
  if (!operator_address || program::to_string(*operator_address).rfind("127.0.0.1:", 0) != 0) {
    throw std::runtime_error("--operator: not a port or 127.0.0.1:PORT: " + arguments.operator_address);
  }
  options.operator_port = operator_address->port;
  options.certificate_file = arguments.certificate_file;
  options.key_file = arguments.key_file;
  options.log_level = arguments.log_level.level();
  prepare(sides);
  check_paths(sides);
  options.sides = std::move(sides);
  return options;
}

}  // namespace

CommandLine read_command_line(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  CLI::App app("kedge-hub: a gateway to develop and test agents against", "kedge-hub");
  app.failure_message(program::usage_error);
  Arguments arguments;
  app.get_formatter()->column_width(38);
  Sides sides = make_sides();
  add_options(app, arguments, sides);
  CommandLine line;
  try {
    app.parse(argc, argv);
    line.options = make_options(arguments, std::move(sides));
  } catch (const CLI::ParseError& error) {
    const bool asked = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    app.exit(error, out, err);
    line.done = asked ? HubExit::ok : HubExit::usage;
  } catch (const Interrupted&) {
    line.done = HubExit::ok;
  } catch (const std::runtime_error& error) {
    err << "kedge-hub: " << error.what() << '\n';
    line.done = HubExit::usage;
  }
  return line;
}

}  // namespace kedge::hub
