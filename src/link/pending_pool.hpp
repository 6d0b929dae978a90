#pragma once
// Fixed slots for requests in flight. Each completes exactly once, and only from `deliver()`, which the loop
// calls.

#include "../base/arena.hpp"

#include <kedge/client.hpp>
#include <kedge/limits.hpp>

#include <cstdint>
#include <optional>

namespace kedge {

/// What is needed to match a late result to its request; the protocol's.
struct MatchKey {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend bool operator==(const MatchKey&, const MatchKey&) noexcept = default;
};

class PendingPool {
 public:
  static constexpr std::size_t storage_bytes(const Limits& limits) noexcept;
  PendingPool(const Limits& limits, Arena& arena) noexcept;

  struct Request {
    std::uint64_t id = 0;  ///< unique among those pending
    Instant deadline = never;
    MatchKey match{};
    std::uint32_t kind = 0;      ///< the protocol's: which method this is
    Handle outbound{};           ///< its message while it waits in the ring
    bool sent = false;           ///< its last byte was accepted by the stream
    std::uint64_t sequence = 0;  ///< set by the pool: order of arrival
  };
  /// Errors: queue_full, by name and limit. On an error the completion is destroyed uncalled.
  Result<Handle> add(const Request& request, Completion completion) noexcept;

  /// The request of a handle, or null when it has been settled or never was. Valid until the pool is next
  /// changed.
  [[nodiscard]] Request* get(Handle handle) noexcept;
  /// The waiting request with that id.
  [[nodiscard]] std::optional<Handle> find(std::uint64_t id) noexcept;
  /// Calls `visit(Handle, Request&)` (noexcept) for each waiting request, oldest first; it must not change
  /// the pool.
  template <class Visit>
  void for_each(Visit&& visit) noexcept;

  /// Ends a request at once with a result: calls its completion before returning. Only from the loop. False
  /// when stale.
  bool complete(Handle handle, std::span<const std::byte> data) noexcept;
  /// The same with an error.
  bool fail(Handle handle, const Error& error) noexcept;
  /// Marks a request ended; `deliver` will call its completion. From anywhere. False when stale or marked
  /// already.
  bool fail_later(Handle handle, const Error& error) noexcept;
  void fail_all_later(const Error& error) noexcept;

  /// Calls the completions of requests marked, in the order they were marked, and of those whose deadline has
  /// passed (kind timeout). Completions may start and cancel requests; those marked meanwhile wait for the
  /// next turn.
  void deliver(Instant now) noexcept;
  /// When `deliver` next has something to do: Instant::min() when something is marked, `never` when nothing
  /// is pending.
  [[nodiscard]] Instant next_deadline() const noexcept;

  [[nodiscard]] std::uint32_t count() const noexcept;  ///< slots in use
};

}  // namespace kedge
