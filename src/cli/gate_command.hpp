#pragma once
// kedge agent-gate: one command, one connection, one result.

#include "exit_code.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace kedge::cli {

struct GateOptions {
  enum class Verb : std::uint8_t { call, pending, tools };
  Verb verb = Verb::call;
  std::string tool;
  std::string arguments;  ///< JSON object, or empty
  std::string url;
  std::string ca_file;  ///< empty: the system's
  std::string token_file;
  std::chrono::milliseconds timeout{std::chrono::seconds{930}};
  bool retry = false;  ///< keep trying before the first ready too
  bool json = false;
};

/// Runs the command to its end and prints what it found. Ends the process by itself when a name lookup has
/// not come back: the program's end would wait for it.
ExitCode run_gate_command(const GateOptions& options);

}  // namespace kedge::cli
