// How messages come into the outbound ring: whether there is room, and the copy into blocks.

#include "outbound_ring.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <new>

namespace kedge {

OutboundRing::Place OutboundRing::queue_of(const OutboundOptions& options) noexcept {
  if (options.reserved) return Place::reserved;
  return static_cast<Place>(static_cast<unsigned>(Place::urgent) + static_cast<unsigned>(options.priority));
}

OutboundRing::Refusal OutboundRing::refusal(std::size_t bytes, bool reserved) const noexcept {
  const Room& used = room(reserved);
  if (bytes > message_bytes_max_ && (!reserved || bytes > peer_bytes_max_)) return Refusal::too_large;
  const std::uint32_t blocks = blocks_for(bytes, store_.block_bytes());
  if (blocks > blocks_max(reserved)) return Refusal::too_large;
  if (used.entries == used.entries_max) return Refusal::no_entry;
  return blocks > blocks_left(reserved) ? Refusal::no_blocks : Refusal::none;
}

Error OutboundRing::refused(Refusal why, bool reserved) const noexcept {
  const Room& used = room(reserved);
  const std::uint64_t room_bytes = std::uint64_t{blocks_max(reserved)} * store_.block_bytes();
  const std::uint64_t most = reserved ? peer_bytes_max_ : message_bytes_max_;
  const char* whose = reserved ? " reserved" : "";
  if (why == Refusal::no_entry) {
    return Error(ErrorKind::queue_full, "all ")
        .append(std::int64_t{used.entries_max})
        .append(whose)
        .append(" outbound messages are in use (")
        .append(reserved ? "reserved_messages_max)" : "outbound_messages_max)");
  }
  if (why == Refusal::no_blocks && shares()) {
    return Error(ErrorKind::queue_full, "the outbound room that connections share is full");
  }
  if (why == Refusal::no_blocks) {
    return Error(ErrorKind::queue_full, "the")
        .append(whose)
        .append(" outbound room is full (")
        .append(static_cast<std::int64_t>(room_bytes))
        .append(" bytes)");
  }
  return Error(ErrorKind::too_large, "the message is larger than ")
      .append(static_cast<std::int64_t>(std::min(most, room_bytes)))
      .append(" bytes");
}

bool OutboundRing::has_room(std::size_t bytes, const OutboundOptions& options) const noexcept {
  return refusal(bytes, options.reserved) == Refusal::none;
}

std::uint32_t OutboundRing::store(std::span<const std::byte> message, std::uint32_t blocks) noexcept {
  assert(blocks == blocks_for(message.size(), store_.block_bytes()) && blocks <= store_.free_count());
  if (blocks == 1) {  // most messages
    const std::uint32_t block = store_.allocate();
    std::memcpy(store_.block(block).data(), message.data(), message.size());
    return block;
  }
  std::uint32_t first = none;
  std::uint32_t last = none;
  for (; blocks > 0; --blocks) {
    const std::uint32_t block = store_.allocate();
    const std::size_t size = std::min<std::size_t>(message.size(), store_.block_bytes());
    std::memcpy(store_.block(block).data(), message.data(), size);
    message = message.subspan(size);
    if (first == none) {
      first = block;
    } else {
      store_.link(last, block);
    }
    last = block;
  }
  return first;
}

// Inline: each message comes through here.
inline Handle OutboundRing::enqueue(Handle handle, const Content& content,
                                    const OutboundOptions& options) noexcept {
  assert(handles_.valid(handle) && "there was room, and no entry");
  assert(content.blocks == blocks_for(content.bytes, store_.block_bytes()));
  assert((content.first_block == none) == (content.blocks == 0));
  // Made in its place: a copy would be read back before it was written.
  const Entry& entry = *new (&entries_[handle.index]) Entry{.options = options,
                                                            .first_block = content.first_block,
                                                            .blocks = content.blocks,
                                                            .bytes = content.bytes,
                                                            .cursor_block = content.first_block};
  push_back(queue_of(options), handle.index);
  ++count_;
  bytes_ += content.bytes;
  remember_deadline(entry);
  return handle;
}

Result<Handle> OutboundRing::try_push(std::span<const std::byte> message,
                                      const OutboundOptions& options) noexcept {
  const Refusal why = refusal(message.size(), options.reserved);
  if (why != Refusal::none) return refused(why, options.reserved);
  Room& used = room(options.reserved);
  Content content;
  content.bytes = static_cast<std::uint32_t>(message.size());
  content.blocks = blocks_for(message.size(), store_.block_bytes());
  content.first_block = store(message, content.blocks);
  ++used.entries;
  used.blocks += content.blocks;
  assert(used.entries <= used.entries_max && used.blocks <= used.blocks_max && "more room than there is");
  return enqueue(handles_.acquire(), content, options);
}

void OutboundRing::make_room(std::size_t bytes, const OutboundOptions& options) noexcept {
  const Room& used = room(options.reserved);
  const std::uint32_t needed = blocks_for(bytes, store_.block_bytes());
  const Place queue = queue_of(options);
  std::uint32_t entries_free = used.entries_max - used.entries;
  std::uint32_t blocks_free = blocks_left(options.reserved);
  const auto enough = [&] { return entries_free > 0 && blocks_free >= needed; };
  // Twice over the queue: nothing may be dropped unless dropping helps.
  std::uint32_t drops = 0;
  for (std::uint32_t i = list(queue).first; i != none && !enough(); i = entries_[i].next) {
    if (entries_[i].options.release != Release::sent) continue;
    ++drops;
    ++entries_free;
    blocks_free += entries_[i].blocks;
  }
  if (!enough()) return;
  for (std::uint32_t i = list(queue).first; drops > 0;) {
    const std::uint32_t following = entries_[i].next;
    if (entries_[i].options.release == Release::sent) {
      unlink(i);
      push_back(Place::expired, i);
      --drops;
    }
    i = following;
    assert((i != none || drops == 0) && "more is dropped than was found");
  }
  report_expired();
}

Result<Handle> OutboundRing::push_drop_oldest(std::span<const std::byte> message,
                                              const OutboundOptions& options) noexcept {
  const Refusal why = refusal(message.size(), options.reserved);
  if (why != Refusal::none && why != Refusal::too_large) make_room(message.size(), options);
  return try_push(message, options);
}

Sink& OutboundRing::begin(const OutboundOptions& options) noexcept {
  abandon();
  build_.options = options;
  build_.first_block = none;
  build_.last_block = none;
  build_.blocks = 0;
  build_.bytes = 0;
  build_.last_block_bytes = 0;
  build_.entry = {};
  build_.refusal = refusal(0, options.reserved);
  build_.open = true;
  if (build_.refusal == Refusal::none) {
    build_.entry = handles_.acquire();
    assert(build_.entry && "there was room, and no entry");
    ++room(options.reserved).entries;
  }
  return build_;
}

bool OutboundRing::append(std::span<const std::byte> piece) noexcept {
  if (!build_.open || build_.refusal != Refusal::none) return false;
  Room& used = room(build_.options.reserved);
  assert(build_.entry && used.blocks >= build_.blocks);
  const std::size_t left = (build_.options.reserved ? peer_bytes_max_ : message_bytes_max_) - build_.bytes;
  if (piece.size() > left) {
    build_.refusal = Refusal::too_large;
    return false;
  }
  const std::uint32_t block_bytes = store_.block_bytes();
  const std::uint32_t blocks = blocks_for(build_.bytes + piece.size(), block_bytes);
  if (blocks - build_.blocks > blocks_left(build_.options.reserved)) {
    build_.refusal = blocks > blocks_max(build_.options.reserved) ? Refusal::too_large : Refusal::no_blocks;
    return false;
  }
  used.blocks += blocks - build_.blocks;
  build_.blocks = blocks;
  build_.bytes += static_cast<std::uint32_t>(piece.size());
  while (!piece.empty()) {
    if (build_.last_block == none || build_.last_block_bytes == block_bytes) {
      const std::uint32_t block = store_.allocate();
      assert(block != none && "the rooms promise more blocks than there are");
      if (build_.last_block == none) {
        build_.first_block = block;
      } else {
        store_.link(build_.last_block, block);
      }
      build_.last_block = block;
      build_.last_block_bytes = 0;
    }
    const std::size_t size = std::min<std::size_t>(piece.size(), block_bytes - build_.last_block_bytes);
    std::memcpy(store_.block(build_.last_block).data() + build_.last_block_bytes, piece.data(), size);
    build_.last_block_bytes += static_cast<std::uint32_t>(size);
    piece = piece.subspan(size);
  }
  return true;
}

Result<Handle> OutboundRing::commit() noexcept {
  if (!build_.open) return Error(ErrorKind::config, "no message was begun");
  if (build_.refusal != Refusal::none) {
    abandon();
    return refused(build_.refusal, build_.options.reserved);
  }
  build_.open = false;
  return enqueue(build_.entry, {build_.first_block, build_.blocks, build_.bytes}, build_.options);
}

void OutboundRing::abandon() noexcept {
  if (!build_.open) return;
  build_.open = false;
  if (!build_.entry) return;
  Room& used = room(build_.options.reserved);
  assert(used.entries > 0 && used.blocks >= build_.blocks && handles_.valid(build_.entry));
  --used.entries;
  used.blocks -= build_.blocks;
  free_blocks(build_.first_block, build_.options.reserved);
  handles_.release(build_.entry.index);
}

}  // namespace kedge
