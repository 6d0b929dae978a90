#pragma once
// The command that fetches results of earlier requests.

#include "options.hpp"

#include <string>

namespace kedge::cli::agent_gate {

/// As one types it to another shell in any folder, at the server of `options`, with what else they say of the
/// connection and where our results wait. Left out are the URL's query, which may hold a secret, and pipes,
/// which are read once. `waits`: it keeps trying while the server holds the place of the agent that asked.
[[nodiscard]] std::string pending_command(const Options& options, bool waits);

}  // namespace kedge::cli::agent_gate
