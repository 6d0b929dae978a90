#pragma once
// An agent behind a gate: see agent_gate_process.hpp (the client and what watches it) and
// agent_gate_server.hpp.

#include "../run.hpp"

namespace kedge::rig {

void play_agent_gate(Run& run);

}  // namespace kedge::rig
