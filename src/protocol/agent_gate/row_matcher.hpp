#pragma once
// Which waiting request a row of `get_pending_results` answers, if any.

#include "../../link/pending_pool.hpp"
#include "ids.hpp"
#include "row_keys.hpp"

#include <array>
#include <optional>
#include <string_view>

namespace kedge::agent_gate {

/// What a slot of the pool holds, in PendingPool::Request::kind.
enum class Method : std::uint32_t {
  tool_request,
  list_tools,
  get_pending_results,
};
inline constexpr std::array<std::string_view, 3> method_names{"tool_request", "list_tools",
                                                              "get_pending_results"};
[[nodiscard]] constexpr bool is(const PendingPool::Request& request, Method method) noexcept {
  return request.kind == static_cast<std::uint32_t>(method);
}

/// A row resolves a request only when tool and arguments agree (`key`) and either `request_id` is that
/// request's id, or it is no id of ours and the request's line is lost; among several, the oldest. Requests
/// whose last byte has not left never match: the server cannot have run them.
///
/// A server keeps results of lines that are gone: what was asked on this one is answered on this one. A row
/// under a name of the server's own could be of an earlier request for the same that was cancelled or has
/// passed its deadline, and would report as done what nobody has approved.
///
/// An id of ours that belongs to another request, even one that has completed, excludes all others: older
/// servers put the client's id there, and that row is the other request's.
///
/// `keys`: what is kept of each request of the pool. Without a `key`, of a row cut short before its
/// arguments' end, only an id of ours finds a request.
[[nodiscard]] std::optional<Handle> match_row(PendingPool& pool, RowKeys keys, const Ids& ids,
                                              std::string_view request_id,
                                              const std::optional<MatchKey>& key) noexcept;

/// For a row under a name of the server's own that was cut short, at `bytes`, inside its arguments: the
/// largest request of that tool (`tool_key`) whose line is lost, if its arguments may take as much. It can
/// only end with its outcome unknown, whichever of two alike it is.
[[nodiscard]] std::optional<Handle> match_cut_row(PendingPool& pool, RowKeys keys, std::uint64_t tool_key,
                                                  std::size_t bytes) noexcept;

}  // namespace kedge::agent_gate
