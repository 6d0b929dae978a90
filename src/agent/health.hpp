#pragma once
// GET /health, for a person, and GET /ready, for who hands out requests.

#include "answers.hpp"
#include "snapshot.hpp"

namespace kedge::agent {

/// 200 in any case.
[[nodiscard]] HttpAnswer health_answer(const Snapshot& snapshot);

/// 200 while it is healthy and means to stay, else 503 with the reason.
[[nodiscard]] HttpAnswer ready_answer(const Snapshot& snapshot);

}  // namespace kedge::agent
