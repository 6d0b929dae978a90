#include "outbound_ring.hpp"

#include <kedge/secret.hpp>

#include <algorithm>
#include <cassert>
#include <limits>

namespace kedge {

OutboundRing::OutboundRing(const Limits& limits, Arena& arena) noexcept
    : OutboundRing(limits, arena, block_count(limits), nullptr) {
  assert(store_.free_count() == block_count(limits) && "the arena is smaller than storage_bytes()");
}

OutboundRing::OutboundRing(const Limits& limits, Arena& arena, BlockStore& blocks) noexcept
    : OutboundRing(limits, arena, 0, &blocks) {
  assert(blocks.block_bytes() == limits.outbound_block_bytes && "blocks of another size");
}

OutboundRing::OutboundRing(const Limits& limits, Arena& arena, std::uint32_t own_blocks,
                           BlockStore* shared) noexcept
    : handles_(entry_count(limits), arena),
      entries_(arena.take<Entry>(entry_count(limits))),
      own_store_(own_blocks, limits.outbound_block_bytes, arena),
      store_(shared == nullptr ? own_store_ : *shared),
      limit_bytes_max_(limits.outbound_message_bytes_max),
      message_bytes_max_(limit_bytes_max_) {
  assert(entries_.size() == entry_count(limits) && "the arena is smaller than storage_bytes()");
  rooms_[0] = {0, limits.outbound_messages_max, 0,
               blocks_for(limits.outbound_bytes, limits.outbound_block_bytes)};
  rooms_[1] = {0, limits.reserved_messages_max, 0,
               blocks_for(limits.reserved_bytes, limits.outbound_block_bytes)};
}

// --- lists ---------------------------------------------------------------------------------------

void OutboundRing::push_back(Place place, std::uint32_t index) noexcept {
  List& to = list(place);
  Entry& entry = entries_[index];
  assert((to.first == none) == (to.last == none) && "a list has an end and no beginning");
  assert((to.last == none || entries_[to.last].next == none) && "something stands behind the last");
  entry.place = place;
  entry.previous = to.last;
  entry.next = none;
  (to.last == none ? to.first : entries_[to.last].next) = index;
  to.last = index;
}

void OutboundRing::push_front(Place place, std::uint32_t index) noexcept {
  List& to = list(place);
  Entry& entry = entries_[index];
  assert((to.first == none) == (to.last == none) && "a list has an end and no beginning");
  assert((to.first == none || entries_[to.first].previous == none) && "something stands before the first");
  entry.place = place;
  entry.previous = none;
  entry.next = to.first;
  (to.first == none ? to.last : entries_[to.first].previous) = index;
  to.first = index;
}

void OutboundRing::unlink(std::uint32_t index) noexcept {
  const Entry& entry = entries_[index];
  List& from = list(entry.place);
  assert((entry.previous == none ? from.first : entries_[entry.previous].next) == index && "not in its list");
  assert((entry.next == none ? from.last : entries_[entry.next].previous) == index && "not in its list");
  (entry.previous == none ? from.first : entries_[entry.previous].next) = entry.next;
  (entry.next == none ? from.last : entries_[entry.next].previous) = entry.previous;
}

void OutboundRing::release(std::uint32_t index) noexcept {
  unlink(index);
  const Entry& entry = entries_[index];
  const bool reserved = entry.options.reserved;
  Room& used = room(reserved);
  assert(count_ > 0 && used.entries > 0 && "more entries are released than were taken");
  assert(bytes_ >= entry.bytes && used.blocks >= entry.blocks && "more room is given back than was taken");
  --used.entries;
  used.blocks -= entry.blocks;
  --count_;
  bytes_ -= entry.bytes;
  free_blocks(entry.first_block, reserved);
  handles_.release(index);
}

void OutboundRing::free_blocks(std::uint32_t first, bool reserved) noexcept {
  if (reserved) store_.wipe_chain(first);  // an authentication holds the credential
  store_.free_chain(first);
}

void OutboundRing::release_all(Place place) noexcept {
  while (list(place).first != none) release(list(place).first);
}

// --- messages out -----------------------------------------------------------------------------------------

Handle OutboundRing::next(Instant now, bool reserved_only) noexcept {
  if (now >= earliest_) expire(now);
  assert(list(Place::progress).first == list(Place::progress).last && "two messages are being written");
  if (list(Place::progress).first != none) return handles_.handle(list(Place::progress).first);
  const std::size_t queues = reserved_only ? 1 : queue_count;
  for (std::size_t i = 0; i < queues; ++i) {
    if (lists_[i].first != none) return handles_.handle(lists_[i].first);
  }
  return {};
}

bool OutboundRing::has_next(bool reserved_only) const noexcept {
  if (list(Place::progress).first != none || list(Place::reserved).first != none) return true;
  if (reserved_only) return false;
  return list(Place::urgent).first != none || list(Place::normal).first != none ||
         list(Place::low).first != none;
}

OutboundRing::View OutboundRing::view(Handle handle) const noexcept {
  if (!handles_.valid(handle)) return {ws::MessageType::text, 0, 0, false, false};
  const Entry& entry = entries_[handle.index];
  return {entry.options.type, entry.bytes, entry.written, entry.options.reserved, entry.options.streamed};
}

// Inline: each message comes through here.
inline void OutboundRing::went_out(std::uint32_t index, std::uint32_t size, bool whole,
                                   std::uint64_t end_offset) noexcept {
  Entry& entry = entries_[index];
  assert((is_queue(entry.place) || entry.place == Place::progress) && "it is written twice");
  assert((entry.place == Place::progress) == (list(Place::progress).first != none) &&
         "a message begins inside another");
  assert(end_offset >= accepted_ && "it ends before what the stream has taken");
  assert((list(Place::flight).last == none || entries_[list(Place::flight).last].end_offset <= end_offset) &&
         "it ends before the message in front of it");
  entry.written += size;
  entry.end_offset = end_offset;
  if (!whole && entry.place == Place::progress) return;
  unlink(index);
  push_back(whole ? Place::flight : Place::progress, index);
  if (whole) remember_deadline(entry);
}

void OutboundRing::take(Handle handle, std::byte* out, std::uint32_t size, std::uint32_t mask_key,
                        std::uint64_t end_offset) noexcept {
  if (!handles_.valid(handle)) return;
  Entry& entry = entries_[handle.index];
  assert(size <= entry.bytes - entry.written && "more was taken than there is");
  assert(!entry.options.streamed && "its bytes are its source's");
  // A message that goes out in one piece, as most do, is never in progress.
  const bool whole = entry.written + size == entry.bytes;
  std::uint32_t position = 0;
  if (whole && entry.blocks == 1) {  // most messages
    ws::mask_copy(out, store_.block(entry.cursor_block).data() + entry.cursor_offset, size, mask_key, 0);
    position = size;
  }
  while (position < size) {
    assert(entry.cursor_block != none && entry.cursor_offset <= store_.block_bytes());
    if (entry.cursor_offset == store_.block_bytes()) {
      entry.cursor_block = store_.next(entry.cursor_block);
      entry.cursor_offset = 0;
    }
    const std::uint32_t in_block = std::uint32_t{store_.block_bytes()} - entry.cursor_offset;
    const std::uint32_t piece = std::min(size - position, in_block);
    const std::byte* from = store_.block(entry.cursor_block).data() + entry.cursor_offset;
    ws::mask_copy(out + position, from, piece, mask_key, position);
    position += piece;
    entry.cursor_offset = static_cast<std::uint16_t>(entry.cursor_offset + piece);
  }
  went_out(handle.index, size, whole, end_offset);
}

void OutboundRing::filled(Handle entry, const OutboundSource::Given& piece,
                          std::uint64_t end_offset) noexcept {
  assert(handles_.valid(entry) && entries_[entry.index].options.streamed);
  // What is streamed may be longer than can be counted.
  const std::uint32_t left = std::numeric_limits<std::uint32_t>::max() - entries_[entry.index].written;
  went_out(entry.index, std::min(piece.bytes, left), piece.last, end_offset);
}

void OutboundRing::accepted(std::uint64_t offset) noexcept {
  assert(offset >= accepted_ && "the stream takes back what it had accepted");
  accepted_ = offset;
  // The list is read anew each time: a handler may change it.
  while (list(Place::flight).first != none) {
    const std::uint32_t index = list(Place::flight).first;
    const Entry& entry = entries_[index];
    if (entry.end_offset > offset) return;
    const Handle handle = handles_.handle(index);
    const std::uint64_t tag = entry.options.tag;
    const bool silent = entry.silent;
    assert(entry.options.streamed || entry.written == entry.bytes);
    if (entry.options.release == Release::acked) {
      unlink(index);
      push_back(Place::kept, index);
    } else {
      release(index);
    }
    if (!silent && events_ != nullptr) events_->on_entry_sent(handle, tag);
  }
}

bool OutboundRing::begun(Handle handle) const noexcept {
  if (!handles_.valid(handle)) return false;
  const Place place = entries_[handle.index].place;
  return place == Place::progress || place == Place::flight;
}

Handle OutboundRing::being_written() const noexcept {
  // Only the one at the stream's position can be: what lies behind it has not left, however much was taken.
  const std::uint32_t flight = list(Place::flight).first;
  const std::uint32_t at = flight != none ? flight : list(Place::progress).first;
  if (at == none || entries_[at].options.reserved) return {};
  const bool left = entries_[at].end_offset - entries_[at].written < accepted_;
  return left ? handles_.handle(at) : Handle{};
}

bool OutboundRing::cancel(Handle handle) noexcept {
  if (!handles_.valid(handle)) return false;
  Entry& entry = entries_[handle.index];
  if (!begun(handle)) {
    release(handle.index);
    return true;
  }
  entry.cancelled = true;
  entry.options.release = Release::sent;
  return false;
}

bool OutboundRing::ack(Handle handle) noexcept {
  if (!handles_.valid(handle)) return false;
  Entry& entry = entries_[handle.index];
  if (entry.options.release != Release::acked) return false;
  if (entry.place == Place::progress) {
    entry.cancelled = true;
    entry.silent = true;
    entry.options.release = Release::sent;
  } else {
    release(handle.index);
  }
  return true;
}

// --- loss and time ----------------------------------------------------------------------------------------

void OutboundRing::connection_begins() noexcept {
  assert(accepted_ == 0 && list(Place::progress).first == none && list(Place::flight).first == none &&
         "the connection before is not over");
  for (const Place queue : {Place::urgent, Place::normal, Place::low}) {
    for (std::uint32_t i = list(queue).first; i != none; i = entries_[i].next) {
      entries_[i].early = true;
      entries_[i].parting = false;
    }
  }
}

std::uint32_t OutboundRing::begin_parting() noexcept {
  std::uint32_t parting = list(Place::progress).first != none ? 1 : 0;
  for (std::size_t queue = 0; queue < queue_count; ++queue) {
    for (std::uint32_t i = lists_[queue].first; i != none; i = entries_[i].next) {
      if (entries_[i].early) return parting;
      entries_[i].parting = true;
      ++parting;
    }
  }
  return parting;
}

void OutboundRing::restore(std::uint32_t index) noexcept {
  Entry& entry = entries_[index];
  assert(!is_queue(entry.place) && "it never left its queue");
  if (entry.cancelled || entry.options.reserved) {
    release(index);
    return;
  }
  unlink(index);
  entry.written = 0;
  entry.cursor_block = entry.first_block;
  entry.cursor_offset = 0;
  push_front(queue_of(entry.options), index);
  remember_deadline(entry);
}

void OutboundRing::connection_lost() noexcept {
  const Handle broken = being_written();
  if (broken && entries_[broken.index].options.begins_once) release(broken.index);
  accepted_ = 0;
  // Each queue was started from its front and each list filled at its back, so that taking the latest first
  // and putting it in front gives the old order back.
  for (const Place place : {Place::progress, Place::flight, Place::kept}) {
    while (list(place).last != none) restore(list(place).last);
  }
  release_all(Place::reserved);
}

bool OutboundRing::can_expire(const Entry& entry) noexcept {
  if (entry.place == Place::progress || entry.options.deadline == never) return false;
  return is_queue(entry.place) || entry.options.release == Release::acked;
}

void OutboundRing::remember_deadline(const Entry& entry) noexcept {
  if (can_expire(entry)) earliest_ = std::min(earliest_, entry.options.deadline);
}

void OutboundRing::expire(Instant now) noexcept {
  if (now < earliest_) return;
  earliest_ = never;
  for (const Place place :
       {Place::reserved, Place::urgent, Place::normal, Place::low, Place::flight, Place::kept}) {
    for (std::uint32_t i = list(place).first; i != none;) {
      const std::uint32_t following = entries_[i].next;
      if (can_expire(entries_[i]) && entries_[i].options.deadline <= now) {
        unlink(i);
        push_back(Place::expired, i);
      } else {
        remember_deadline(entries_[i]);
      }
      i = following;
    }
  }
  report_expired();
}

void OutboundRing::report_expired() noexcept {
  while (list(Place::expired).first != none) {
    const std::uint32_t index = list(Place::expired).first;
    const Handle handle = handles_.handle(index);
    const std::uint64_t tag = entries_[index].options.tag;
    release(index);
    if (events_ != nullptr) events_->on_entry_expired(handle, tag);
  }
}

void OutboundRing::clear() noexcept {
  abandon();
  for (std::size_t i = 0; i < place_count; ++i) release_all(static_cast<Place>(i));
  earliest_ = never;
  assert(count_ == 0 && bytes_ == 0 && handles_.used_count() == 0 && "an entry was in no list");
  assert((shares() || store_.free_count() == store_.block_count()) && "a block was in no entry");
}

}  // namespace kedge
