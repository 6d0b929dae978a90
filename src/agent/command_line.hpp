#pragma once
// What the command line of kedge-agent asks for.

#include "program.hpp"

#include <kedge/log.hpp>

#include <iosfwd>
#include <optional>
#include <string>

namespace kedge::agent {

struct CommandLine {
  std::string config_file;  ///< empty: the environment alone
  bool check = false;       ///< the configuration alone
  LogLevel log_level = LogLevel::info;
  /// Set when there is nothing to run: help or version was asked for and printed, or the usage was wrong and
  /// that was said.
  std::optional<AgentExit> done;
};

/// Reads a command line. Help goes to `out`, what is wrong to `err`.
[[nodiscard]] CommandLine read_command_line(int argc, const char* const* argv, std::ostream& out,
                                            std::ostream& err);

}  // namespace kedge::agent
