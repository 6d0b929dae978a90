#include "row_matcher.hpp"

namespace kedge::agent_gate {

std::optional<Handle> match_row(PendingPool& pool, RowKeys keys, const Ids& ids, std::string_view request_id,
                                const std::optional<MatchKey>& key) noexcept {
  const std::optional<std::uint64_t> id = ids.parse_ours(request_id);
  if (!id && !key) return std::nullopt;
  std::optional<Handle> found;
  pool.for_each([&](Handle handle, const PendingPool::Request& request) noexcept {
    if (found || !is(request, Method::tool_request) || !request.sent ||
        (key && keys[handle.index].match != *key))
      return;
    if (id ? request.id != *id : !request.lost) return;
    found = handle;
  });
  return found;
}

std::optional<Handle> match_cut_row(PendingPool& pool, RowKeys keys, std::uint64_t tool_key,
                                    std::size_t bytes) noexcept {
  // JSON inside JSON: a letter with an accent, two bytes of ours, may become seven, an escape of an escape.
  constexpr std::uint64_t spelling_max = 4;
  std::optional<Handle> found;
  std::uint32_t largest = 0;
  pool.for_each([&](Handle handle, const PendingPool::Request& request) noexcept {
    const bool alike =
        is(request, Method::tool_request) && request.lost && keys[handle.index].tool == tool_key;
    if (!alike || request.bytes <= largest || request.bytes * spelling_max < bytes) return;
    found = handle;
    largest = request.bytes;
  });
  return found;
}

}  // namespace kedge::agent_gate
