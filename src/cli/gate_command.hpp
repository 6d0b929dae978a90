#pragma once
// kedge agent-gate: one command, one connection, one result.

#include "command_run.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace kedge::cli {

struct GateOptions : ConnectionOptions {
  enum class Verb : std::uint8_t { call, pending, tools };
  /// An approval may take 900 s.
  static constexpr std::chrono::seconds default_timeout{930};

  Verb verb = Verb::call;
  std::string tool;
  std::string arguments;  ///< JSON object, or empty
};

/// Runs the command to its end and prints what it found.
ExitCode run_gate_command(const GateOptions& options);

}  // namespace kedge::cli
