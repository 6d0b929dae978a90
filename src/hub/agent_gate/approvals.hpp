#pragma once
// Requests that wait for a human's word.

#include "job.hpp"

#include <kedge/time.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace kedge::hub::agent_gate {

struct Approval {
  std::uint64_t id = 0;  ///< the operator's handle; never used again
  Job job;
  Instant asked{};
  Instant deadline = never;
};

/// A bounded table in the order of asking.
class Approvals {
 public:
  explicit Approvals(std::size_t max) : max_(max) {}

  [[nodiscard]] bool full() const noexcept { return pending_.size() >= max_; }
  /// Adds one and returns its id; only when not full.
  std::uint64_t add(Job job, Instant now, Duration timeout);
  /// Takes it out: it is resolved. None when there is no such id (any more).
  [[nodiscard]] std::optional<Approval> take(std::uint64_t id);
  /// Takes out one whose time has come, the oldest first.
  [[nodiscard]] std::optional<Approval> take_expired(Instant now);
  /// Whether one of this connection's waits.
  [[nodiscard]] bool any_of(std::uint64_t connection) const noexcept;

  [[nodiscard]] const std::vector<Approval>& pending() const noexcept { return pending_; }
  [[nodiscard]] Instant next_deadline() const noexcept;

 private:
  std::size_t max_;
  std::uint64_t next_id_ = 1;
  std::vector<Approval> pending_;
};

}  // namespace kedge::hub::agent_gate
