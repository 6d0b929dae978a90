#pragma once
// Fixed slots for requests in flight. Each completes exactly once, and only from the loop: from `deliver()`,
// or at once where the loop has brought its answer.

#include "../base/arena.hpp"
#include "../base/handle_pool.hpp"

#include <kedge/completion.hpp>
#include <kedge/limits.hpp>
#include <kedge/request.hpp>
#include <kedge/time.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace kedge {

/// A protocol keeps what else it needs of a request at its handle's index, below `Limits::pending_max`.
///
/// A request is waiting until it ends; then it is gone at once (`complete`, `fail`) or marked, and gone when
/// `deliver` has called its completion. Finding by id and keeping deadlines look through no other requests.
class PendingPool {
 public:
  /// Bytes it takes from an arena.
  static constexpr std::size_t storage_bytes(const Limits& limits) noexcept {
    const std::uint32_t slots = limits.pending_max;
    return HandlePool::storage_bytes(slots) + arena_bytes<Slot>(slots) +
           arena_bytes<std::uint32_t>(slots) +               // the heap of deadlines
           arena_bytes<std::uint32_t>(bucket_count(slots));  // the hash table of ids
  }
  /// `unknown_outcome`: what is said of a request that left and whose deadline passed. Static storage.
  PendingPool(const Limits& limits, Arena& arena,
              std::string_view unknown_outcome = "its outcome is unknown: it may have run") noexcept;
  PendingPool(const PendingPool&) = delete;
  PendingPool& operator=(const PendingPool&) = delete;
  /// Completions that were not called are destroyed uncalled.
  ~PendingPool();

  struct Request {
    std::uint64_t id = 0;  ///< unique among those pending
    Instant deadline = never;
    /// How long an answer is waited for once the message has left; Duration::max(): until the deadline. One
    /// that is to be sent again has its first deadline again until it has left, and ends when that has
    /// passed.
    Duration answer_timeout = Duration::max();
    OnLoss on_loss = OnLoss::fail;
    std::uint32_t kind = 0;        ///< the protocol's: which method this is
    std::uint32_t bytes = 0;       ///< of its message
    Handle outbound{};             ///< its message while it waits in the ring
    bool sent = false;             ///< its last byte was accepted by the stream
    bool begun = false;            ///< its first byte has left and the rest will: nothing takes it back
    bool lost = false;             ///< it was sent on a line that is gone, and is kept
    bool sent_before = false;      ///< it was sent on a line that is gone, and is sent again
    bool harmless = false;         ///< a question: to ask it again changes nothing at the peer
    bool given_up = false;         ///< its deadline is the end of its wait after the loss, not its own
    Instant queued_until = never;  ///< set by the pool: the deadline that it came with
    std::uint64_t sequence = 0;    ///< set by the pool: order of arrival, from 1

    /// Whether the peer may have acted on it, for all that is known here.
    [[nodiscard]] bool may_have_run() const noexcept { return !harmless && (sent || begun || sent_before); }
  };
  /// Errors: queue_full, by name and limit. On an error the completion is destroyed uncalled.
  Result<Handle> add(const Request& request, AnyCompletion completion) noexcept;
  /// Takes back what was just added: its completion is destroyed uncalled. False when stale or marked.
  bool discard(Handle handle) noexcept;

  /// The request of a handle, or null when it has been settled (marked ones too) or never was. Valid until
  /// the pool is next changed. Its id and deadline must not be changed through it.
  [[nodiscard]] Request* get(Handle handle) noexcept;
  /// Gives a waiting request another deadline. False when stale or marked.
  bool set_deadline(Handle handle, Instant deadline) noexcept;
  /// The waiting request with that id.
  [[nodiscard]] std::optional<Handle> find(std::uint64_t id) noexcept;
  /// Calls `visit(Handle, Request&)` (noexcept) for each waiting request, oldest first; it must not change
  /// the pool, but for deadlines.
  template <class Visit>
  void for_each(Visit&& visit) noexcept {
    for (std::uint32_t i = waiting_.first; i != none; i = slots_[i].next) {
      visit(handles_.handle(i), slots_[i].request);
    }
  }

  /// Ends a request at once with a result, of the type that its completion takes: calls that before
  /// returning. Only from the loop. False when stale.
  bool complete(Handle handle, const void* result) noexcept;
  /// The same with the error that the peer answered.
  bool fail(Handle handle, const Error& error) noexcept;
  /// The same with an error of ours: the peer has answered, and nobody can tell what. The error gets
  /// `may_have_run()`, unless the request is harmless.
  bool fail_unread(Handle handle, const Error& error) noexcept;
  /// Marks a request ended without an answer; `deliver` will call its completion. The error gets
  /// `may_have_run()` where the request's has it. From anywhere. False when stale or marked already.
  bool fail_later(Handle handle, const Error& error) noexcept;
  /// Marks a request ended well, without a result; one without a completion is gone at once. From anywhere.
  /// False when stale or marked already.
  bool complete_later(Handle handle) noexcept;
  void fail_all_later(const Error& error) noexcept;

  /// Calls the completions of requests marked, in the order they were marked, and of those whose deadline has
  /// passed (kind timeout, or connection when it was `given_up`; earliest first). Completions may start and
  /// cancel requests, also when the pool was full: the slot is free by then. Those marked meanwhile wait for
  /// the next turn.
  void deliver(Instant now) noexcept;
  /// How a request ends that the peer had seen when the line was lost.
  [[nodiscard]] Error lost_error(const Request& request) const noexcept;
  /// How a request ends whose deadline has passed.
  [[nodiscard]] Error too_late(const Request& request) const noexcept;
  /// When `deliver` next has something to do: Instant::min() when something is marked, `never` when nothing
  /// is pending.
  [[nodiscard]] Instant next_deadline() const noexcept;

  /// Slots in use: requests waiting and marked.
  [[nodiscard]] std::uint32_t count() const noexcept { return handles_.used_count(); }
  [[nodiscard]] bool full() const noexcept { return handles_.full(); }
  /// Asserts that lists, heap, buckets and counts agree. Looks at each request; nothing where NDEBUG is
  /// defined.
  void check() const noexcept;

 private:
  static constexpr std::uint32_t none = 0xFFFFFFFFU;

  struct Slot {
    Request request;
    Error error;  ///< why it ended, once marked
    std::uint32_t previous = none;
    std::uint32_t next = none;
    std::uint32_t next_in_bucket = none;
    std::uint32_t heap_place = none;  ///< where in the heap; none without a deadline
    bool marked = false;
    // An arena destroys nothing, so that a completion lives only while its slot is in use.
    alignas(AnyCompletion) std::byte completion[sizeof(AnyCompletion)];
  };
  struct List {
    std::uint32_t first = none;
    std::uint32_t last = none;
  };

  static constexpr std::uint32_t bucket_count(std::uint32_t slots) noexcept { return std::bit_ceil(slots); }
  [[nodiscard]] std::uint32_t bucket_of(std::uint64_t id) const noexcept;
  [[nodiscard]] std::uint32_t& bucket(std::uint64_t id) noexcept;
  [[nodiscard]] bool waiting(Handle handle) const noexcept;
  [[nodiscard]] AnyCompletion& completion(std::uint32_t index) noexcept;
  void push_back(List& list, std::uint32_t index) noexcept;
  void unlink(List& list, std::uint32_t index) noexcept;
  void stop_waiting(std::uint32_t index) noexcept;
  void mark(std::uint32_t index, const Error& error) noexcept;
  void settle(std::uint32_t index, const Error& error, const void* result) noexcept;

  void check_heap() const noexcept;
  void check_buckets(std::uint32_t waiting) const noexcept;
  [[nodiscard]] std::uint32_t check_list(const List& list, bool marked) const noexcept;

  void heap_insert(std::uint32_t index) noexcept;
  void heap_remove(std::uint32_t index) noexcept;
  void heap_up(std::uint32_t place) noexcept;
  void heap_down(std::uint32_t place) noexcept;
  void heap_put(std::uint32_t place, std::uint32_t index) noexcept;
  [[nodiscard]] Instant heap_deadline(std::uint32_t place) const noexcept;

  std::string_view unknown_outcome_;
  HandlePool handles_;
  std::span<Slot> slots_;
  std::span<std::uint32_t> heap_;  ///< slots by deadline, a binary heap
  std::span<std::uint32_t> buckets_;
  std::uint32_t heap_size_ = 0;
  std::uint32_t bucket_mask_ = 0;
  List waiting_;  ///< in order of arrival
  List marked_;   ///< in order of marking
  std::uint64_t arrivals_ = 0;
};

#ifdef NDEBUG
inline void PendingPool::check() const noexcept {}
#endif

}  // namespace kedge
