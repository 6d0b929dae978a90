#pragma once
// What every protocol does with a request: its message goes into the link's ring, its completion into the
// pending pool, and both know of each other until one of them is done.

#include "link.hpp"
#include "pending_pool.hpp"

#include <kedge/client.hpp>

#include <array>
#include <cstddef>
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
  /// Completes all with `why`, on a later turn.
  void fail_all_later(const Error& why) noexcept;
  /// The same for those of which `which(const PendingPool::Request&)` says so.
  template <class Which>
  void fail_later_where(const Which& which, const Error& why) noexcept;
  /// Calls `act(Handle, PendingPool::Request&)`, which may change the pool, for those of which `which` says
  /// so, and must not say so any more when they were acted on.
  template <class Which, class Act>
  void for_each_where(const Which& which, const Act& act) noexcept;

  // What the link tells of the message `entry`, which may be that of `request`.
  void on_sent(Handle entry, std::optional<Handle> request) noexcept;
  void on_expired(Handle entry, std::optional<Handle> request) noexcept;
  /// The line is lost: what was sent on it is marked so.
  void on_lost() noexcept;
  /// The peer closed with 1009 while `being_written` was, if anything was: that message, else the largest
  /// unanswered one of this line, ends its request, and is never sent again. Before `on_lost`.
  void on_too_large(Handle being_written) noexcept;

  /// Calls the completions that are due, timeouts too, and counts those.
  void deliver(Instant now) noexcept;
  [[nodiscard]] const Statistics& statistics() noexcept;

 private:
  void look_whether_begun(PendingPool::Request& request) noexcept;
  void log_timeout(const PendingPool::Request& request) noexcept;

  Link& link_;
  PendingPool& pool_;
};

template <class Which, class Act>
void Requests::for_each_where(const Which& which, const Act& act) noexcept {
  std::array<Handle, 16> some;  // a visit must not change the pool
  std::size_t count = 0;
  do {
    count = 0;
    pool_.for_each([&](Handle handle, const PendingPool::Request& request) noexcept {
      if (count < some.size() && which(request)) some[count++] = handle;
    });
    for (std::size_t i = 0; i < count; ++i) act(some[i], *pool_.get(some[i]));
  } while (count == some.size());
}

template <class Which>
void Requests::fail_later_where(const Which& which, const Error& why) noexcept {
  for_each_where(which, [&](Handle handle, PendingPool::Request& request) noexcept {
    look_whether_begun(request);
    pool_.fail_later(handle, why);
  });
}

}  // namespace kedge
