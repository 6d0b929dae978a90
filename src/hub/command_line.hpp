#pragma once
// What the command line of kedge-hub asks for.

#include "program.hpp"

#include <iosfwd>
#include <optional>
#include <string>

namespace kedge::hub {

struct CommandLine {
  HubOptions options;
  std::string token_file;  ///< empty: the environment
  /// Set when there is nothing to run: help or version was asked for and printed, or the usage was wrong and
  /// that was said.
  std::optional<HubExit> done;
};

/// Reads a command line, the policy file and the BTP files that it names, and KEDGE_HUB_BTP_TOKEN. Help goes
/// to `out`, what is wrong to `err`.
[[nodiscard]] CommandLine read_command_line(int argc, const char* const* argv, std::ostream& out,
                                            std::ostream& err);

}  // namespace kedge::hub
