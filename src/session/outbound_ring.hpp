#pragma once
// The static outbound queue: entries for three priorities and for the protocol's own messages, their bytes in
// a store of fixed blocks. Entries are never changed: each write masks a fresh copy, so that sending again
// works.

#include "../base/arena.hpp"
#include "../base/block_store.hpp"
#include "../base/handle_pool.hpp"
#include "../ws/frame.hpp"
#include "outbound_source.hpp"

#include <kedge/handle.hpp>
#include <kedge/limits.hpp>
#include <kedge/priority.hpp>
#include <kedge/result.hpp>
#include <kedge/sink.hpp>
#include <kedge/time.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace kedge {

/// When an entry's room is given back.
enum class Release : std::uint8_t {
  sent,   ///< when its last byte was accepted by the stream below
  acked,  ///< when `ack()` is called; after a lost connection it is sent again, in its old place
};

struct OutboundOptions {
  Instant deadline =
      never;  ///< passed before its first byte was taken (or, kept, before its ack): dropped and reported
  std::uint64_t tag = 0;  ///< its owner's, handed back in events
  ws::MessageType type = ws::MessageType::text;
  Priority priority = Priority::normal;
  Release release = Release::sent;
  /// The protocol's own message: uses the reserved room, goes before all others, and also before the link is
  /// ready.
  bool reserved = false;
  /// Once a part of it has left, it is no more: when that connection is lost, it is dropped without a report.
  bool begins_once = false;
  bool streamed = false;  ///< the ring's source gives its bytes, and the ring holds none
};

/// Hears what becomes of entries. Calls come from within the ring's own methods; they may push and cancel.
class OutboundEvents {
 public:
  /// Its last byte was accepted by the stream below.
  virtual void on_entry_sent(Handle entry, std::uint64_t tag) noexcept = 0;
  /// Its deadline passed first; it is gone.
  virtual void on_entry_expired(Handle entry, std::uint64_t tag) noexcept = 0;

 protected:
  ~OutboundEvents() = default;
};

class OutboundRing {
 public:
  /// Bytes it takes from an arena.
  static constexpr std::size_t storage_bytes(const Limits& limits) noexcept {
    return shared_storage_bytes(limits) +
           BlockStore::storage_bytes(block_count(limits), limits.outbound_block_bytes);
  }
  OutboundRing(const Limits& limits, Arena& arena) noexcept;
  /// The same for a ring that shares its blocks with others of its loop: `outbound_bytes` is the most that it
  /// may hold of them. What is reserved is bounded, but nothing is kept for it.
  static constexpr std::size_t shared_storage_bytes(const Limits& limits) noexcept {
    return HandlePool::storage_bytes(entry_count(limits)) + arena_bytes<Entry>(entry_count(limits));
  }
  /// `blocks` is borrowed, and has blocks of the size that the limits name.
  OutboundRing(const Limits& limits, Arena& arena, BlockStore& blocks) noexcept;
  OutboundRing(const OutboundRing&) = delete;
  OutboundRing& operator=(const OutboundRing&) = delete;
  void set_events(OutboundEvents& events) noexcept { events_ = &events; }
  /// Of all entries that are streamed. Borrowed.
  void set_source(OutboundSource& source) noexcept { source_ = &source; }

  /// Copies a message in. Errors, at once and with nothing changed: too_large (of the user's over
  /// outbound_message_bytes_max, or more than all the room for such messages, so that waiting will not help),
  /// queue_full (no entry or no blocks left). The reserved room is for reserved messages only, and they use
  /// no other. An empty message is a message.
  Result<Handle> try_push(std::span<const std::byte> message, const OutboundOptions& options) noexcept;
  /// The same; when there is no room, drops the oldest unstarted `sent` entries of the same priority until
  /// there is (each reported as expired); refuses when even that would not do, having dropped nothing.
  /// Reports come before the message is in: a handler that pushes may take the room, and the push is then
  /// refused.
  Result<Handle> push_drop_oldest(std::span<const std::byte> message,
                                  const OutboundOptions& options) noexcept;

  /// For encoders that write in pieces, straight into the store. One build at a time.
  ///   begin(options) -> Sink&; write...; commit() -> handle or the error (nothing kept) ; or abandon().
  /// `begin` abandons a build that was not committed; `commit` without a build is a config error.
  Sink& begin(const OutboundOptions& options) noexcept;
  Result<Handle> commit() noexcept;
  void abandon() noexcept;
  /// Whether the build under way has run out of room: `commit` says of which.
  [[nodiscard]] bool ran_out() const noexcept { return build_.open && build_.refusal != Refusal::none; }

  /// The largest message accepted from now on, where it is less than the limit of construction: what a peer
  /// takes. (Of reserved messages it is the only limit but their room.)
  void set_message_bytes_max(std::uint32_t bytes) noexcept {
    message_bytes_max_ = std::min(bytes, limit_bytes_max_);
    peer_bytes_max_ = bytes;
  }

  /// Takes an entry back. True when it is gone; false when unknown, or when its first byte has left and it
  /// must finish (a kept one that was started is then released when sent; one sent whole already is released
  /// at once). Never reported as expired after this; one that must finish is still reported as sent.
  bool cancel(Handle entry) noexcept;
  /// Releases a kept entry (whole sent or not), without any report after this; one half written finishes
  /// first. False for a stale handle and for an entry that is not kept.
  bool ack(Handle entry) noexcept;

  /// Whether a message's first byte has left although it was not sent whole: it is being written.
  [[nodiscard]] bool begun(Handle entry) const noexcept;

  /// --- for the session ---
  /// A connection begins: what the user has queued by now has waited for it.
  void connection_begins() noexcept;
  /// The connection is ending: what `next` would give goes out while `parts` says so, which is what came on
  /// this connection by now, as far as nothing is in front of it that had waited. Returns how many messages
  /// that is.
  std::uint32_t begin_parting() noexcept;
  [[nodiscard]] bool parts(Handle entry) const noexcept {
    return handles_.valid(entry) &&
           (entries_[entry.index].parting || entries_[entry.index].place == Place::progress);
  }
  /// The entry to write (or go on writing) now, or an empty handle: the one in progress, else the oldest
  /// reserved one, else, unless `reserved_only`, the oldest of the highest priority. Entries past their
  /// deadline are dropped and reported on the way.
  Handle next(Instant now, bool reserved_only) noexcept;
  struct View {
    ws::MessageType type;
    std::uint32_t bytes;    ///< of the whole message
    std::uint32_t written;  ///< already taken, by `take` or `filled`; of what is streamed 4 GiB at most
    bool reserved;          ///< the protocol's own: may hold a credential
    bool streamed;          ///< its bytes come from a source
  };
  [[nodiscard]] View view(Handle entry) const noexcept;
  /// Copies the next `size` bytes of the entry out, masked with `key` at frame position 0 (ws::mask_copy);
  /// marks it started. `end_offset` is the stream position behind them; with the last byte the entry is in
  /// flight.
  void take(Handle entry, std::byte* out, std::uint32_t size, std::uint32_t mask_key,
            std::uint64_t end_offset) noexcept;
  /// Asks the source of an entry that is streamed; what came of it goes out once `filled` is called.
  OutboundSource::Given fill(Handle entry, std::span<std::byte> room) noexcept {
    return source_->fill(entries_[entry.index].options.tag, room);
  }
  void filled(Handle entry, const OutboundSource::Given& piece, std::uint64_t end_offset) noexcept;
  /// The stream below has accepted everything up to `offset`: entries in flight up to there are sent and
  /// reported.
  void accepted(std::uint64_t offset) noexcept;
  /// The connection is gone: entries in progress, in flight, and kept ones sent but not acknowledged go back
  /// to the front of their queues, in order, unstarted; cancelled ones are released without a report. So are
  /// those of `begins_once` of which the stream has accepted a part, and all reserved ones, started or not:
  /// authentication, acknowledgements and polls belong to the connection that was lost.
  void connection_lost() noexcept;
  /// The user's message that is being written: the stream has accepted some of its bytes and not all. Empty
  /// when there is none.
  [[nodiscard]] Handle being_written() const noexcept;
  /// Whether it knows the entry: it was neither released nor dropped.
  [[nodiscard]] bool holds(Handle entry) const noexcept { return handles_.valid(entry); }
  /// Whether `next` would return an entry (ignoring deadlines).
  [[nodiscard]] bool has_next(bool reserved_only) const noexcept;

  /// Drops and reports entries whose deadline has passed.
  void expire(Instant now) noexcept;
  /// The earliest deadline of any entry that can still expire; may be early, never late.
  [[nodiscard]] Instant next_deadline() const noexcept { return earliest_; }
  /// Releases everything without reports, a build under way too.
  void clear() noexcept;

  /// Whether a message of `bytes` with these options would be accepted now.
  [[nodiscard]] bool has_room(std::size_t bytes, const OutboundOptions& options) const noexcept;
  /// Entries held, reserved ones too: waiting, being written, or kept.
  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
  /// Bytes of their messages.
  [[nodiscard]] std::uint32_t bytes() const noexcept { return bytes_; }
  /// Asserts that lists, entries, blocks and counts agree. Looks at each entry; nothing where NDEBUG is
  /// defined.
  void check() const noexcept;

 private:
  /// Every committed entry is in the list of exactly one place. The queues come first, in the order in which
  /// they are served.
  enum class Place : std::uint8_t { reserved, urgent, normal, low, progress, flight, kept, expired };
  static constexpr std::size_t queue_count = 4;
  static constexpr std::size_t place_count = 8;
  static constexpr std::uint32_t none = BlockStore::none;
  static constexpr bool is_queue(Place place) noexcept {
    return static_cast<std::size_t>(place) < queue_count;
  }

  /// A message's bytes in the store.
  struct Content {
    std::uint32_t first_block = none;
    std::uint32_t blocks = 0;
    std::uint32_t bytes = 0;
  };
  struct Entry {
    OutboundOptions options{};
    std::uint64_t end_offset = 0;  ///< behind what was taken last
    std::uint32_t first_block = none;
    std::uint32_t blocks = 0;
    std::uint32_t bytes = 0;
    std::uint32_t written = 0;
    std::uint32_t cursor_block = none;  ///< where `take` goes on
    std::uint32_t previous = none;
    std::uint32_t next = none;
    std::uint16_t cursor_offset = 0;
    Place place = Place::normal;
    bool early : 1 = false;      ///< it was here before the connection
    bool parting : 1 = false;    ///< it may go out although the connection is ending
    bool cancelled : 1 = false;  ///< after it was started: is released as soon as it may be
    bool silent : 1 = false;     ///< acknowledged before it was written whole: nothing to report
  };
  struct List {
    std::uint32_t first = none;
    std::uint32_t last = none;
  };
  /// What the user's messages and the reserved ones may use, each for itself.
  struct Room {
    std::uint32_t entries = 0;
    std::uint32_t entries_max = 0;
    std::uint32_t blocks = 0;
    std::uint32_t blocks_max = 0;
  };
  enum class Refusal : std::uint8_t { none, too_large, no_entry, no_blocks };
  /// A message that an encoder is writing: its room is taken, its entry in no list yet.
  struct Build final : Sink {
    explicit Build(OutboundRing& owner) noexcept : ring(owner) {}
    bool write(std::span<const std::byte> piece) noexcept override { return ring.append(piece); }
    OutboundRing& ring;
    OutboundOptions options;
    Handle entry;
    std::uint32_t first_block = none;
    std::uint32_t last_block = none;
    std::uint32_t blocks = 0;
    std::uint32_t bytes = 0;
    std::uint32_t last_block_bytes = 0;
    Refusal refusal = Refusal::none;
    bool open = false;
  };

  static constexpr std::uint32_t blocks_for(std::size_t bytes, std::uint32_t block_bytes) noexcept {
    if (bytes <= block_bytes) return bytes == 0 ? 0 : 1;  // most messages: no division
    return static_cast<std::uint32_t>(bytes / block_bytes + (bytes % block_bytes != 0 ? 1 : 0));
  }
  static constexpr std::uint32_t entry_count(const Limits& limits) noexcept {
    return std::uint32_t{limits.outbound_messages_max} + limits.reserved_messages_max;
  }
  static constexpr std::uint32_t block_count(const Limits& limits) noexcept {
    return blocks_for(limits.outbound_bytes, limits.outbound_block_bytes) +
           blocks_for(limits.reserved_bytes, limits.outbound_block_bytes);
  }

  OutboundRing(const Limits& limits, Arena& arena, std::uint32_t own_blocks, BlockStore* shared) noexcept;

  [[nodiscard]] List& list(Place place) noexcept { return lists_[static_cast<std::size_t>(place)]; }
  [[nodiscard]] const List& list(Place place) const noexcept {
    return lists_[static_cast<std::size_t>(place)];
  }
  [[nodiscard]] Room& room(bool reserved) noexcept { return rooms_[reserved ? 1 : 0]; }
  [[nodiscard]] const Room& room(bool reserved) const noexcept { return rooms_[reserved ? 1 : 0]; }

  void check_entry(const Entry& entry) const noexcept;
  void check_rooms() const noexcept;
  [[nodiscard]] static Place queue_of(const OutboundOptions& options) noexcept;
  void push_back(Place place, std::uint32_t index) noexcept;
  void push_front(Place place, std::uint32_t index) noexcept;
  void unlink(std::uint32_t index) noexcept;
  void release(std::uint32_t index) noexcept;
  /// Wipes what was reserved: an authentication message holds a credential.
  void free_blocks(std::uint32_t first, bool reserved) noexcept;
  void release_all(Place place) noexcept;
  void restore(std::uint32_t index) noexcept;
  void went_out(std::uint32_t index, std::uint32_t size, bool whole, std::uint64_t end_offset) noexcept;
  void report_expired() noexcept;
  void remember_deadline(const Entry& entry) noexcept;
  [[nodiscard]] static bool can_expire(const Entry& entry) noexcept;
  [[nodiscard]] Refusal refusal(std::size_t bytes, bool reserved) const noexcept;
  [[nodiscard]] Error refused(Refusal why, bool reserved) const noexcept;
  void make_room(std::size_t bytes, const OutboundOptions& options) noexcept;
  [[nodiscard]] std::uint32_t store(std::span<const std::byte> message, std::uint32_t blocks) noexcept;
  [[nodiscard]] bool shares() const noexcept { return &store_ != &own_store_; }
  /// Blocks that there are for messages of its kind, whoever holds them now.
  [[nodiscard]] std::uint32_t blocks_max(bool reserved) const noexcept {
    return std::min(room(reserved).blocks_max, store_.block_count());
  }
  /// Blocks that it may take now.
  [[nodiscard]] std::uint32_t blocks_left(bool reserved) const noexcept {
    return std::min(room(reserved).blocks_max - room(reserved).blocks, store_.free_count());
  }
  Handle enqueue(Handle handle, const Content& content, const OutboundOptions& options) noexcept;
  bool append(std::span<const std::byte> piece) noexcept;

  HandlePool handles_;
  std::span<Entry> entries_;
  BlockStore own_store_;
  BlockStore& store_;  ///< its own, or one that rings share
  std::array<List, place_count> lists_{};
  std::array<Room, 2> rooms_{};
  OutboundEvents* events_ = nullptr;
  OutboundSource* source_ = nullptr;
  /// No entry that can expire has an earlier deadline. Kept early rather than exact: the entry it came from
  /// may be gone, and `expire` then looks through all of them once and finds the next.
  Instant earliest_ = never;
  const std::uint32_t limit_bytes_max_;
  std::uint32_t message_bytes_max_;
  std::uint32_t peer_bytes_max_ = 0xFFFFFFFFU;
  std::uint32_t count_ = 0;
  std::uint32_t bytes_ = 0;
  std::uint64_t accepted_ = 0;  ///< by the stream of this connection
  Build build_{*this};
};

#ifdef NDEBUG
inline void OutboundRing::check() const noexcept {}
#endif

}  // namespace kedge
