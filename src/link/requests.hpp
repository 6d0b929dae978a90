#pragma once
// What every protocol does with a request: its message goes into the link's ring, its completion into the
// pending pool, and both know of each other until one of them is done.

#include "link.hpp"
#include "pending_pool.hpp"

#include <kedge/completion.hpp>
#include <kedge/statistics.hpp>

#include <array>
#include <cstddef>
#include <optional>

namespace kedge {

/// Both must outlive it.
class Requests {
 public:
  Requests(Link& link, PendingPool& pool) noexcept : link_(link), pool_(pool) {}

  /// Takes a slot for `request`, which will wait for its answer, and begins its message: encode it into the
  /// sink, then `commit()` or `abandon()`. One at a time. `options`: all but its tag; a deadline there is
  /// that of its first byte. Errors, with
  /// nothing kept, and before the message is looked at: queue_full (pool).
  Result<Sink*> begin(const PendingPool::Request& request, AnyCompletion completion,
                      OutboundOptions options) noexcept;
  /// Errors, with nothing kept: queue_full (ring), too_large.
  Result<Handle> commit() noexcept;
  void abandon() noexcept;
  /// Whether a send was refused for want of room, and room was given back since: said once.
  [[nodiscard]] bool take_room_again() noexcept;
  // Endings that the peer has brought; see PendingPool for each.
  bool complete(Handle handle, const void* result) noexcept;
  /// It wanted nothing but to be sent, and was: completes it without a result.
  void complete_sent(Handle handle) noexcept;
  bool fail(Handle handle, const Error& error) noexcept;
  bool fail_unread(Handle handle, const Error& error) noexcept;
  /// Completes a request with `cancelled`, and takes its message back if it has not left. False when it has
  /// ended already.
  bool cancel(Handle handle) noexcept;
  /// Completes it with `why` on a later turn, and takes its message back if it has not begun to leave. False
  /// when it has ended already.
  bool end_later(Handle handle, const Error& why) noexcept;
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
  /// Its deadline has passed, nothing of it had left.
  void on_expired(std::uint64_t tag) noexcept;
  /// The request whose message that was, while it waits for its answer.
  const PendingPool::Request* on_sent(Handle entry, std::uint64_t tag) noexcept;
  /// The line is lost: what was sent on it fares as `Request::on_loss` says.
  void on_lost() noexcept;
  /// The peer closed with 1009 while `being_written` was, if anything was: that message, else the largest
  /// unanswered one of this line, ends its request, and is never sent again. Before `on_lost`.
  void on_too_large(Handle being_written) noexcept;

  /// Calls the completions that are due, timeouts too, and counts those.
  void deliver(Instant now) noexcept;
  [[nodiscard]] Statistics statistics() const noexcept;
  /// A message has left, or was dropped, whose end nobody waits for.
  void room_given() noexcept {
    if (room_wanted_) tell_room_given();
  }
  /// Counts a send that was refused, and remembers that its sender waits for room.
  void refused(const Error& why) noexcept;

 private:
  [[nodiscard]] PendingPool::Request* of_entry(Handle entry, std::uint64_t tag) noexcept;
  void fail_later(Handle handle, PendingPool::Request& request, const Error& why) noexcept;
  void release(const PendingPool::Request& request) noexcept;
  void tell_room_given() noexcept;
  void look_whether_begun(PendingPool::Request& request) noexcept;
  void log_timeout(const PendingPool::Request& request) noexcept;

  Link& link_;
  PendingPool& pool_;
  Handle building_;           // between begin and commit
  bool room_wanted_ = false;  // a send was refused since room was last told
  bool room_given_ = false;   // and something has ended since
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
    fail_later(handle, request, why);
  });
}

}  // namespace kedge
