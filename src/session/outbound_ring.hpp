#pragma once
// The static outbound queue: entries for three priorities and for the protocol's own messages, their bytes in
// a store of fixed blocks. Entries are never changed: each write masks a fresh copy, so that sending again
// works.

#include "../base/arena.hpp"
#include "../base/block_store.hpp"
#include "../ws/frame.hpp"

#include <kedge/handle.hpp>
#include <kedge/limits.hpp>
#include <kedge/result.hpp>
#include <kedge/sink.hpp>
#include <kedge/time.hpp>

#include <cstdint>
#include <span>

namespace kedge {

/// Urgent goes before normal, normal before low; in order within each.
enum class Priority : std::uint8_t { urgent, normal, low };

/// When an entry's room is given back.
enum class Release : std::uint8_t {
  sent,   ///< when its last byte was accepted by the stream below
  acked,  ///< when `ack()` is called; after a lost connection it is sent again, in its old place
};

struct OutboundOptions {
  ws::MessageType type = ws::MessageType::text;
  Priority priority = Priority::normal;
  Release release = Release::sent;
  /// The protocol's own message: uses the reserved room, goes before all others, and also before the link is
  /// ready.
  bool reserved = false;
  Instant deadline =
      never;  ///< passed before its first byte was taken (or, kept, before its ack): dropped and reported
  std::uint32_t tag = 0;  ///< the protocol's, handed back in events
};

/// Hears what becomes of entries. Calls come from within the ring's own methods; they may push and cancel.
class OutboundEvents {
 public:
  /// Its last byte was accepted by the stream below.
  virtual void on_entry_sent(Handle entry, std::uint32_t tag) noexcept = 0;
  /// Its deadline passed first; it is gone.
  virtual void on_entry_expired(Handle entry, std::uint32_t tag) noexcept = 0;

 protected:
  ~OutboundEvents() = default;
};

class OutboundRing {
 public:
  /// Bytes it takes from an arena.
  static constexpr std::size_t storage_bytes(const Limits& limits) noexcept;
  OutboundRing(const Limits& limits, Arena& arena) noexcept;
  OutboundRing(const OutboundRing&) = delete;
  OutboundRing& operator=(const OutboundRing&) = delete;
  void set_events(OutboundEvents& events) noexcept;

  /// Copies a message in. Errors, at once and with nothing changed: too_large (over
  /// outbound_message_bytes_max), queue_full (no entry or no blocks left).
  Result<Handle> try_push(std::span<const std::byte> message, const OutboundOptions& options) noexcept;
  /// The same; when there is no room, drops the oldest unstarted `sent` entries of the same priority until
  /// there is (each reported as expired); refuses when even that would not do, having dropped nothing.
  Result<Handle> push_drop_oldest(std::span<const std::byte> message,
                                  const OutboundOptions& options) noexcept;

  /// For encoders that write in pieces, straight into the store. One build at a time.
  ///   begin(options) -> Sink&; write...; commit() -> handle or the error (nothing kept) ; or abandon().
  Sink& begin(const OutboundOptions& options) noexcept;
  Result<Handle> commit() noexcept;
  void abandon() noexcept;

  /// Takes an entry back. True when it is gone; false when unknown, or when its first byte has left and it
  /// must finish (a kept one that was started is then released when sent).
  bool cancel(Handle entry) noexcept;
  /// Releases a kept entry (whole sent or not). False for a stale handle.
  bool ack(Handle entry) noexcept;

  /// --- for the session ---
  /// The entry to write (or go on writing) now, or an empty handle: the one in progress, else the oldest
  /// reserved one, else, unless `reserved_only`, the oldest of the highest priority. Entries past their
  /// deadline are dropped and reported on the way.
  Handle next(Instant now, bool reserved_only) noexcept;
  struct View {
    ws::MessageType type;
    std::uint32_t bytes;    ///< of the whole message
    std::uint32_t written;  ///< already taken by `take`
  };
  [[nodiscard]] View view(Handle entry) const noexcept;
  /// Copies the next `size` bytes of the entry out, masked with `key` at frame position 0 (ws::mask_copy);
  /// marks it started. With the last byte the entry is in flight: `end_offset` is the stream position behind
  /// its final frame.
  void take(Handle entry, std::byte* out, std::uint32_t size, std::uint32_t mask_key,
            std::uint64_t end_offset) noexcept;
  /// The stream below has accepted everything up to `offset`: entries in flight up to there are sent and
  /// reported.
  void accepted(std::uint64_t offset) noexcept;
  /// The connection is gone: entries in progress, in flight, and kept ones sent but not acknowledged go back
  /// to the front of their queues, in order, unstarted; cancelled ones are released without a report.
  void connection_lost() noexcept;
  /// Whether `next` would return an entry (ignoring deadlines).
  [[nodiscard]] bool has_next(bool reserved_only) const noexcept;

  /// Drops and reports entries whose deadline has passed.
  void expire(Instant now) noexcept;
  /// The earliest deadline of any entry that can still expire; may be early, never late.
  [[nodiscard]] Instant next_deadline() const noexcept;
  /// Releases everything without reports.
  void clear() noexcept;

  /// Whether a message of `bytes` with these options would be accepted now.
  [[nodiscard]] bool has_room(std::size_t bytes, const OutboundOptions& options) const noexcept;
  [[nodiscard]] std::uint32_t count() const noexcept;
  [[nodiscard]] std::uint32_t bytes() const noexcept;
};

}  // namespace kedge
