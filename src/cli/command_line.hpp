#pragma once
// What the command line of kedge asks for.

#include "command.hpp"
#include "exit_code.hpp"

#include <iosfwd>
#include <memory>
#include <optional>

namespace kedge::cli {

struct CommandLine {
  std::unique_ptr<Command> command;  ///< the one that was named, with its options taken
  /// Set when there is nothing to run: help or version was asked for and printed, or the usage was wrong and
  /// that was said.
  std::optional<ExitCode> done;
};

/// Reads a command line, and what the environment says instead of it. Help goes to `out`, what is wrong to
/// `err`.
[[nodiscard]] CommandLine read_command_line(int argc, const char* const* argv, std::ostream& out,
                                            std::ostream& err);

}  // namespace kedge::cli
