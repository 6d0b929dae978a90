#pragma once
// GET /health.

#include "answers.hpp"
#include "snapshot.hpp"

namespace kedge::agent {

/// 200 in any case.
[[nodiscard]] HttpAnswer health_answer(const Snapshot& snapshot);

}  // namespace kedge::agent
