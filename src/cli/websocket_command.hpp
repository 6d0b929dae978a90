#pragma once
// kedge websocket: lines out, messages in, on a line that comes back by itself.

#include "exit_code.hpp"
#include "websocket_options.hpp"

namespace kedge::cli {

/// Runs the command until its input is sent, the server ends it, or a signal does.
ExitCode run_websocket_command(const WebsocketOptions& options);

}  // namespace kedge::cli
