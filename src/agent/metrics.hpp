#pragma once
// GET /metrics, in the text format of Prometheus (0.0.4).

#include "answers.hpp"
#include "snapshot.hpp"

namespace kedge::agent {

/// Every statistic of the link, and some of the daemon.
[[nodiscard]] HttpAnswer metrics_answer(const Snapshot& snapshot);

}  // namespace kedge::agent
