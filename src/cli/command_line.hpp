#pragma once
// What the command line of kedge asks for.

#include "exit_code.hpp"
#include "gate_options.hpp"
#include "send_options.hpp"
#include "websocket_options.hpp"

#include <iosfwd>
#include <optional>
#include <variant>

namespace kedge::cli {

struct CommandLine {
  std::variant<GateOptions, SendOptions, WebsocketOptions> options;  ///< of the command that was named
  /// Set when there is nothing to run: help or version was asked for and printed, or the usage was wrong and
  /// that was said.
  std::optional<ExitCode> done;
};

/// Reads a command line, and what the environment says instead of it. Help goes to `out`, what is wrong to
/// `err`.
[[nodiscard]] CommandLine read_command_line(int argc, const char* const* argv, std::ostream& out,
                                            std::ostream& err);

}  // namespace kedge::cli
