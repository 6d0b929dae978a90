#pragma once
// The command that fetches results of earlier requests.

#include "connection_options.hpp"

#include <string>

namespace kedge::cli {

/// As one types it to a shell, at the server of `options`, with what else they say of the connection. The
/// URL's query is left out: it may hold a secret. `waits`: it keeps trying while the server holds the place
/// of the agent that asked.
[[nodiscard]] std::string pending_command(const ConnectionOptions& options, bool waits);

}  // namespace kedge::cli
