#include "command_line.hpp"

#include "../program/log_level.hpp"
#include "../program/usage_error.hpp"
#include "settings.hpp"

#include <kedge/version.hpp>

#include <CLI/CLI.hpp>

namespace kedge::agent {

namespace {

constexpr const char* after_settings =
    "\n"
    "The file of --config is a JSON object with the same keys; the environment wins. Numbers are digits\n"
    "alone. https_proxy for wss://, http_proxy for ws://, else all_proxy, of the environment alone, name an "
    "HTTP\n"
    "proxy to reach the connector through, as http://[user:password@]host[:port]; no_proxy lists the hosts "
    "that\n"
    "are reached without one. Other variables that begin with CONNECTOR_ are named in a warning. "
    "NOTIFY_SOCKET,\n"
    "WATCHDOG_USEC and WATCHDOG_PID are systemd's (sd_notify).\n"
    "\n"
    "When it listens, one line of JSON on standard output tells the address:\n"
    "    {\"event\":\"listening\",\"url\":\"http://127.0.0.1:8080\"}\n"
    "The log is on standard error, a JSON object a line; what repeats itself in an outage is told at "
    "growing\n"
    "intervals. A file that is a pipe is read once, at the start. SIGHUP reads the files with the secret and "
    "the\n"
    "certificates again. SIGTERM and SIGINT let requests in flight finish; a second one ends at once.\n"
    "\n"
    "Exit codes:\n"
    "    0  shut down by a signal; --check: nothing is wrong\n"
    "    1  something unexpected, or memory ran out\n"
    "    2  wrong usage: command line or configuration\n"
    "    3  the address of the HTTP API could not be bound\n"
    "  130  a second signal came before the shutdown was over; --check: a signal came";

std::string footer() {
  std::string text = "Environment, with what holds when a variable is not set:\n";
  for (const SettingWords& setting : setting_table().words) {
    text.append("  ").append(setting.name);
    if (!setting.fallback.empty()) text.append(" [").append(setting.fallback).append("]");
    text.append("\n      ").append(setting.meaning).append("\n");
  }
  return text + after_settings;
}

}  // namespace

CommandLine read_command_line(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  CLI::App app("kedge-agent: Interledger packets into a connector, by a local HTTP API", "kedge-agent");
  app.failure_message(program::usage_error);
  CommandLine line;
  app.add_option("--config", line.config_file, "JSON file with what the environment does not say");
  app.add_flag("--check", line.check,
               "Read the configuration and the files that it names, say what is wrong with them, and end");
  program::LogLevelOption log_level;
  log_level.add_to(app);
  app.set_version_flag("--version", "kedge-agent " KEDGE_VERSION);
  app.footer(footer());
  try {
    app.parse(argc, argv);
    line.log_level = log_level.level();
  } catch (const CLI::ParseError& error) {
    const bool asked = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    app.exit(error, out, err);
    line.done = asked ? AgentExit::ok : AgentExit::usage;
  }
  return line;
}

}  // namespace kedge::agent
