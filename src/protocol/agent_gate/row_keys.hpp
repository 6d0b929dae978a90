#pragma once
// What a row of `get_pending_results` is matched to its request by.

#include <kedge/handle.hpp>
#include <kedge/time.hpp>

#include <cstdint>
#include <span>

namespace kedge::agent_gate {

/// 128 bits of a tool's name and its arguments.
struct MatchKey {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend bool operator==(const MatchKey&, const MatchKey&) noexcept = default;
};

/// Kept of each request.
struct RowKey {
  MatchKey match;
  std::uint64_t tool = 0;  ///< its name's, for a row of which nothing more is known
  /// How long a row is worth waiting for once its line is lost; Duration::max(): until its deadline.
  Duration after_loss = Duration::max();
};

/// By the index of a request's handle.
using RowKeys = std::span<RowKey>;

}  // namespace kedge::agent_gate
