#pragma once
// kedge-agent, all but its command line.

#include <kedge/log.hpp>

#include <string>

namespace kedge::agent {

/// The exit codes of kedge-agent.
enum class AgentExit : int {
  ok = 0,             ///< shut down by SIGTERM or SIGINT
  other = 1,          ///< something unexpected; memory ran out
  usage = 2,          ///< the command line or the configuration
  listen = 3,         ///< the HTTP API's address could not be bound
  interrupted = 130,  ///< a second signal before the shutdown was over; a check that a signal ended
};

/// Reads the configuration and runs until a signal. `config_file` may be empty. Writes one line to standard
/// output when it listens, its log to standard error. Ends the process by itself when a name lookup has not
/// come back.
[[nodiscard]] AgentExit run_agent(const std::string& config_file, LogLevel log_level);

/// Reads the same configuration and the files that it names, and says on standard error what is wrong with
/// them, a line each, or on standard output that nothing is: `ok` or `usage`. Connects to nobody and listens
/// nowhere. A signal while it waits for a pipe: `interrupted`, and nothing is said.
[[nodiscard]] AgentExit check_agent(const std::string& config_file);

}  // namespace kedge::agent
