#pragma once
// What the simulator can run.

#include "run.hpp"

#include <span>

namespace kedge::rig {

/// A client of a protocol, a model of its server, a random workload and what has to hold.
struct Scenario {
  std::string_view name;
  void (*play)(Run& run);  ///< a breach is told to the run
};
/// By name.
[[nodiscard]] std::span<const Scenario> scenarios();

/// An object of a file in scenarios/: with it, its scenario is one of those.
struct Registered {
  Registered(std::string_view name, void (*play)(Run& run));
};

}  // namespace kedge::rig
