#pragma once
// What the simulator can run.

#include "run.hpp"

#include <span>

namespace kedge::rig {

// Each in a file of scenarios/.
void play_agent_gate(Run& run);
void play_btp(Run& run);
void play_link(Run& run);

/// A client of a protocol, a model of its server, a random workload and what has to hold.
struct Scenario {
  std::string_view name;
  void (*play)(Run& run);  ///< a breach is told to the run
};
[[nodiscard]] std::span<const Scenario> scenarios() noexcept;

}  // namespace kedge::rig
