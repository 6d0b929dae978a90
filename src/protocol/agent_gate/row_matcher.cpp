#include "row_matcher.hpp"

namespace kedge::agent_gate {

std::optional<Handle> match_row(PendingPool& pool, const Ids& ids, std::string_view request_id,
                                const std::optional<MatchKey>& key) noexcept {
  const std::optional<std::uint64_t> id = ids.parse_ours(request_id);
  if (!id && !key) return std::nullopt;
  std::optional<Handle> found;
  pool.for_each([&](Handle handle, const PendingPool::Request& request) noexcept {
    if (found || !request.sent || (key && request.match != *key)) return;
    if (id ? !is_tool_request(request.kind) || request.id != *id : !lost_with_its_line(request.kind)) return;
    found = handle;
  });
  return found;
}

}  // namespace kedge::agent_gate
