#pragma once
// What the command line of kedge-hub asks for.

#include "program.hpp"

#include <iosfwd>
#include <optional>
#include <string>

namespace kedge::hub {

struct CommandLine {
  HubOptions options;
  /// Set when there is nothing to run: help or version was asked for and printed, or the usage was wrong and
  /// that was said.
  std::optional<HubExit> done;
};

/// Reads a command line, and prepares the sides that it or the environment asks for: their files and secrets
/// are read. Help goes to `out`, what is wrong to `err`.
[[nodiscard]] CommandLine read_command_line(int argc, const char* const* argv, std::ostream& out,
                                            std::ostream& err);

}  // namespace kedge::hub
