#pragma once
// Results of earlier requests, rows of the server's, as JSON.

#include <kedge/agent_gate.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kedge::cli::agent_gate {

/// A row as a JSON object; `args` and `result` are their own JSON where that is valid, else strings.
[[nodiscard]] std::string row_as_json(const kedge::agent_gate::ResultRow& row);
/// How large the row was that became this object, if it was too large for us; else none.
[[nodiscard]] std::optional<std::uint64_t> too_large_bytes(std::string_view row);

}  // namespace kedge::cli::agent_gate
