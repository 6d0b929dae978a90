#pragma once
// GET /metrics, in the text format of Prometheus (0.0.4).

#include "answers.hpp"
#include "snapshot.hpp"

#include "../program/process_usage.hpp"

namespace kedge::agent {

/// Every statistic of the link, and some of the daemon and its process.
[[nodiscard]] HttpAnswer metrics_answer(const Snapshot& snapshot, const program::ProcessUsage& process);

}  // namespace kedge::agent
