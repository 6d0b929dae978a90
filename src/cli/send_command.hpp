#pragma once
// kedge btp send: one packet, one connection, one answer.

#include "exit_code.hpp"
#include "send_options.hpp"

namespace kedge::cli {

/// Runs the command to its end and prints the answer; a REJECT ends it with `remote`.
ExitCode run_send_command(const SendOptions& options);

}  // namespace kedge::cli
