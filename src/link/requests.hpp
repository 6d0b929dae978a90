#pragma once
// What every protocol does with a request: its message goes into the link's ring, its completion into the
// pending pool, and both know of each other until one of them is done.

#include "link.hpp"
#include "pending_pool.hpp"

#include <kedge/client.hpp>

#include <optional>

namespace kedge {

/// Both must outlive it; it holds nothing of its own.
class Requests {
 public:
  Requests(Link& link, PendingPool& pool) noexcept : link_(link), pool_(pool) {}

  /// Commits the message that was encoded into the ring, and adds `request`, which waits for its answer.
  /// Errors, with nothing kept: queue_full (ring or pool), too_large.
  Result<Handle> commit(PendingPool::Request request, Completion completion) noexcept;
  /// Completes a request with `cancelled`, and takes its message back if it has not left. False when it has
  /// ended already.
  bool cancel(Handle handle) noexcept;

  // What the link tells of the message `entry`, which may be that of `request`.
  void on_sent(Handle entry, std::optional<Handle> request) noexcept;
  void on_expired(Handle entry, std::optional<Handle> request) noexcept;

  /// Calls the completions that are due, timeouts too, and counts those.
  void deliver(Instant now) noexcept;
  [[nodiscard]] const Statistics& statistics() noexcept;

 private:
  Link& link_;
  PendingPool& pool_;
};

}  // namespace kedge
