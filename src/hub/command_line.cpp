#include "command_line.hpp"

#include "../program/address.hpp"
#include "../program/log_level.hpp"
#include "../program/option_checks.hpp"
#include "../program/token.hpp"
#include "../program/usage_error.hpp"
#include "text_file.hpp"

#include <kedge/version.hpp>

#include <CLI/CLI.hpp>

#include <cmath>
#include <limits>
#include <stdexcept>

namespace kedge::hub {

namespace {

using agent_gate::Generation;

constexpr std::size_t file_bytes_max = 4 * 1024 * 1024;
constexpr const char* btp_token_variable = "KEDGE_HUB_BTP_TOKEN";

constexpr const char* footer =
    "The token that agents must show comes from the environment variable KEDGE_HUB_TOKEN or from\n"
    "--token-file, never from the command line. Without a policy file every tool is denied.\n"
    "--btp turns the BTP side on: the crosstown dialect at /btp, BTP/2.0 at /btp2; packets are answered by\n"
    "the routes of the file. Its peers' tokens come from --btp-peers, a JSON object such as\n"
    "    {\"alice\":\"TOKEN\",\"*\":\"TOKEN\"}    (* is for all others)\n"
    "or from the environment variable KEDGE_HUB_BTP_TOKEN, one for all. With --btp the agents' token may\n"
    "be missing: then there is no agent-gate side.\n"
    "When it listens, one line of JSON on standard output tells the addresses:\n"
    "    "
    "{\"event\":\"listening\",\"url\":\"ws://127.0.0.1:PORT/\",\"btp\":{...},\"operator\":\"http://...\"}\n"
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
  program::Patience patience{program::daemon_patience};
  program::LogLevelOption log_level;
  std::string listen = "127.0.0.1:0";
  std::string operator_address = "127.0.0.1:0";
  std::string policy_file;
  std::string certificate_file;
  std::string key_file;
  std::string token_file;
  std::string btp_file;
  std::string btp_peers_file;
  std::optional<std::string> btp_path;
  std::optional<std::string> btp2_path;
  std::optional<std::string> generation;
  std::optional<double> auth_timeout_s;
  std::optional<double> approval_timeout_s;
  std::optional<double> result_ttl_s;
  std::optional<std::uint32_t> requests_per_minute;
};

void add_btp_options(CLI::App& app, Arguments& arguments) {
  const CLI::Validator path(
      [](const std::string& text) {
        return btp::is_path(text) ? std::string() : "must begin with /, or be *: " + text;
      },
      "PATH");
  CLI::Option* btp = app.add_option("--btp", arguments.btp_file, "BTP file (JSON): what becomes of packets");
  app.add_option("--btp-peers", arguments.btp_peers_file, "Peers file (JSON): the token of each peer")
      ->needs(btp);
  app.add_option("--btp-path", arguments.btp_path, "Where crosstown is spoken; *: any path left [/btp]")
      ->check(path)
      ->needs(btp);
  app.add_option("--btp2-path", arguments.btp2_path, "Where BTP/2.0 is spoken; *: any path left [/btp2]")
      ->check(path)
      ->needs(btp);
}

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
      ->type_name("SECONDS")
      ->check(seconds);
  app.add_option("--approval-timeout", arguments.approval_timeout_s, "Seconds an approval may take [900]")
      ->type_name("SECONDS")
      ->check(seconds);
  app.add_option("--result-ttl", arguments.result_ttl_s,
                 "Seconds a result is kept for an absent agent [86400]")
      ->type_name("SECONDS")
      ->check(seconds);
  app.add_option("--requests-per-minute", arguments.requests_per_minute, "Tool requests; 0: no limit [60]")
      ->type_name("NUMBER")
      ->transform(program::whole_number_between(0, std::numeric_limits<std::uint32_t>::max()));
  add_btp_options(app, arguments);
  arguments.log_level.add_to(app);
  app.set_version_flag("--version", "kedge-hub " KEDGE_VERSION);
  app.footer(footer);
}

// `what` it is: "policy file".
std::string read_file(const std::string& what, const std::string& path, const program::Patience& patience) {
  try {
    return std::string(read_text_file(path, file_bytes_max, patience)->view());
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(
        std::string("the ").append(what).append(" ").append(path).append(": ").append(error.what()));
  }
}

btp::PeerTokens read_peers(const Arguments& arguments) {
  if (!arguments.btp_peers_file.empty()) {
    return btp::read_peer_tokens(arguments.btp_peers_file, arguments.patience);
  }
  program::TokenSource source({}, btp_token_variable);
  if (!source.is_given()) {
    throw std::runtime_error(std::string("--btp: no tokens: set ") + btp_token_variable +
                             " or give --btp-peers FILE");
  }
  auto read = source.prepare(arguments.patience);
  btp::PeerTokens tokens;
  if (read) read = tokens.add(btp::PeerTokens::any_peer, source.last().reveal());
  if (!read) throw std::runtime_error(std::string(read.error().message()));
  return tokens;
}

BtpOptions make_btp_options(const Arguments& arguments, const std::string& gate_path) {
  const std::string text = read_file("BTP file", arguments.btp_file, arguments.patience);
  BtpOptions options;
  try {
    options.config = btp::read_config(text);
    if (arguments.btp_path) options.config.crosstown_path = *arguments.btp_path;
    if (arguments.btp2_path) options.config.btp2_path = *arguments.btp2_path;
    btp::check_paths(options.config.crosstown_path, options.config.btp2_path);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(arguments.btp_file + ": " + error.what());
  }
  for (const std::string& path : {options.config.crosstown_path, options.config.btp2_path}) {
    if (path != gate_path) continue;
    throw std::runtime_error("--btp: the path " + path + " is agent-gate's: take another, or * for any left");
  }
  options.tokens = read_peers(arguments);
  return options;
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
    gate = agent_gate::read_config(read_file("policy file", arguments.policy_file, arguments.patience));
  }
  if (arguments.generation) {
    gate.generation = *arguments.generation == "older" ? Generation::older : Generation::newer;
  }
  if (arguments.auth_timeout_s) gate.auth_timeout = duration(*arguments.auth_timeout_s);
  if (arguments.approval_timeout_s) gate.approval_timeout = duration(*arguments.approval_timeout_s);
  if (arguments.result_ttl_s) gate.result_ttl = duration(*arguments.result_ttl_s);
  if (arguments.requests_per_minute) gate.requests_per_minute = *arguments.requests_per_minute;
  if (!arguments.btp_file.empty()) options.btp = make_btp_options(arguments, gate.path);
  return options;
}

}  // namespace

CommandLine read_command_line(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  CLI::App app("kedge-hub: a gateway to develop and test agents against", "kedge-hub");
  app.failure_message(program::usage_error);
  Arguments arguments;
  app.get_formatter()->column_width(38);
  add_options(app, arguments);
  CommandLine line;
  try {
    app.parse(argc, argv);
    line.options = make_options(arguments);
    line.options.log_level = arguments.log_level.level();
    line.token_file = arguments.token_file;
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
