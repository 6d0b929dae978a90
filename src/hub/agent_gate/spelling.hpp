#pragma once
// Answers as real servers spell them: some are no JSON, and mean what they say all the same.

#include "job.hpp"
#include "tool.hpp"

#include <string>
#include <string_view>

namespace kedge::hub::agent_gate {

/// The answer to a tool request; `id` is JSON text.
[[nodiscard]] std::string spelled_reply(Spelling spelling, std::string_view id, const Verdict& verdict);

}  // namespace kedge::hub::agent_gate
