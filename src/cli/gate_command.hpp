#pragma once
// kedge agent-gate: one command, one connection, one result.

#include "exit_code.hpp"
#include "gate_options.hpp"

namespace kedge::cli {

/// Runs the command to its end and prints what it found.
ExitCode run_gate_command(const GateOptions& options);

}  // namespace kedge::cli
