#include "command_line.hpp"

#include "../program/address.hpp"
#include "../program/seconds.hpp"
#include "../program/usage_error.hpp"

#include <kedge/version.hpp>

#include <CLI/CLI.hpp>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <stdexcept>

namespace kedge::hub {

namespace {

using agent_gate::Generation;

constexpr std::size_t policy_bytes_max = 4 * 1024 * 1024;

constexpr const char* footer =
    "The token that agents must show comes from the environment variable KEDGE_HUB_TOKEN or from\n"
    "--token-file, never from the command line. Without a policy file every tool is denied.\n"
    "When it listens, one line of JSON on standard output tells the addresses:\n"
    "    {\"event\":\"listening\",\"url\":\"ws://127.0.0.1:PORT/\",\"operator\":\"http://127.0.0.1:PORT\"}\n"
    "The log is on standard error, a JSON object a line. SIGTERM and SIGINT close every line with 1001;\n"
    "a second one ends at once.\n"
    "\n"
    "Exit codes:\n"
    "    0  shut down by a signal\n"
    "    1  something unexpected, or memory ran out\n"
    "    2  wrong usage: command line, policy file, token, certificate or key\n"
    "    3  an address could not be bound\n"
    "  130  a second signal came before the shutdown was over";

struct Arguments {
  std::string listen = "127.0.0.1:0";
  std::string operator_address = "127.0.0.1:0";
  std::string policy_file;
  std::string certificate_file;
  std::string key_file;
  std::string token_file;
  std::optional<std::string> generation;
  std::optional<double> auth_timeout_s;
  std::optional<double> approval_timeout_s;
  std::optional<double> result_ttl_s;
  std::optional<std::uint32_t> requests_per_minute;
};

void add_options(CLI::App& app, Arguments& arguments) {
  app.add_option("--listen", arguments.listen, "Where agents connect: ADDR:PORT, [ADDR]:PORT; port 0: any")
      ->capture_default_str();
  app.add_option("--operator", arguments.operator_address,
                 "Where the operator's HTTP API listens: a port, or 127.0.0.1:PORT; 0: any")
      ->capture_default_str();
  app.add_option("--policy", arguments.policy_file, "Policy file (JSON): who may run what, and the tools");
  CLI::Option* certificate =
      app.add_option("--cert", arguments.certificate_file, "PEM file of the server's certificate chain: TLS");
  CLI::Option* key = app.add_option("--key", arguments.key_file, "PEM file of its private key");
  certificate->needs(key);
  key->needs(certificate);
  app.add_option("--token-file", arguments.token_file, "File that holds the token");
  app.add_option("--generation", arguments.generation, "Behave as an older or a newer server")
      ->check(CLI::IsMember({"older", "newer"}));
  const CLI::Validator seconds = program::seconds_between(0.001, 31'536'000.0);
  app.add_option("--auth-timeout", arguments.auth_timeout_s, "Seconds to authenticate in [10]")
      ->check(seconds);
  app.add_option("--approval-timeout", arguments.approval_timeout_s, "Seconds an approval may take [900]")
      ->check(seconds);
  app.add_option("--result-ttl", arguments.result_ttl_s,
                 "Seconds a result is kept for an absent agent [86400]")
      ->check(seconds);
  app.add_option("--requests-per-minute", arguments.requests_per_minute, "Tool requests; 0: no limit [60]");
  app.set_version_flag("--version", "kedge-hub " KEDGE_VERSION);
  app.footer(footer);
}

std::string read_policy_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read the policy file " + path + ": " + std::strerror(errno));
  std::string text(policy_bytes_max + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) throw std::runtime_error("cannot read the policy file " + path);
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > policy_bytes_max)
    throw std::runtime_error("the policy file is larger than 4 MiB: " + path);
  return text;
}

Duration duration(double seconds) {
  return Duration(std::llround(seconds * 1e6));
}

// The command line wins over the policy file.
HubOptions make_options(const Arguments& arguments) {
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
  auto& gate = options.gate;
  if (!arguments.policy_file.empty()) {
    gate = agent_gate::read_config(read_policy_file(arguments.policy_file));
  }
  if (arguments.generation) {
    gate.generation = *arguments.generation == "older" ? Generation::older : Generation::newer;
  }
  if (arguments.auth_timeout_s) gate.auth_timeout = duration(*arguments.auth_timeout_s);
  if (arguments.approval_timeout_s) gate.approval_timeout = duration(*arguments.approval_timeout_s);
  if (arguments.result_ttl_s) gate.result_ttl = duration(*arguments.result_ttl_s);
  if (arguments.requests_per_minute) gate.requests_per_minute = *arguments.requests_per_minute;
  return options;
}

}  // namespace

CommandLine read_command_line(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  CLI::App app("kedge-hub: a gateway to develop and test agents against", "kedge-hub");
  app.failure_message(program::usage_error);
  Arguments arguments;
  add_options(app, arguments);
  CommandLine line;
  try {
    app.parse(argc, argv);
    line.options = make_options(arguments);
    line.token_file = arguments.token_file;
  } catch (const CLI::ParseError& error) {
    const bool asked = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    app.exit(error, out, err);
    line.done = asked ? HubExit::ok : HubExit::usage;
  } catch (const std::runtime_error& error) {
    err << "kedge-hub: " << error.what() << '\n';
    line.done = HubExit::usage;
  }
  return line;
}

}  // namespace kedge::hub
