// What must be true of the outbound ring between any two calls: for builds with assertions.

#include "outbound_ring.hpp"

#include <cassert>

#ifndef NDEBUG

namespace kedge {

void OutboundRing::check_entry(const Entry& entry) const noexcept {
  assert(entry.blocks == blocks_for(entry.bytes, store_.block_bytes()) && "a message has too many blocks");
  std::uint32_t blocks = 0;
  for (std::uint32_t i = entry.first_block; i != none; i = store_.next(i)) {
    ++blocks;
    assert(blocks <= entry.blocks && "a chain runs into another");
  }
  assert(blocks == entry.blocks && "a chain has lost blocks");
  assert((entry.options.streamed ? entry.bytes == 0 : entry.written <= entry.bytes));
  if (is_queue(entry.place)) {
    assert(entry.place == queue_of(entry.options) && "it waits in another's queue");
    assert(entry.written == 0 && entry.cursor_block == entry.first_block && entry.cursor_offset == 0 &&
           "it waits to be written from its middle");
    assert(!entry.cancelled && !entry.silent && "it waits for nobody");
  } else if (entry.place == Place::flight) {
    assert((entry.options.streamed || entry.written == entry.bytes) && "it is in flight and not whole");
    assert(entry.end_offset > accepted_ && "the stream has accepted it, and nobody was told");
  } else {
    assert((entry.place == Place::progress || entry.place == Place::kept) && "it is between two places");
    assert(entry.place != Place::kept || (entry.options.release == Release::acked && !entry.cancelled));
  }
  assert((!can_expire(entry) || earliest_ <= entry.options.deadline) &&
         "nobody looks when its deadline comes");
}

void OutboundRing::check_rooms() const noexcept {
  std::array<Room, 2> used{};
  std::uint32_t count = 0;
  std::uint32_t bytes = 0;
  for (std::size_t place = 0; place < place_count; ++place) {
    std::uint32_t previous = none;
    for (std::uint32_t i = lists_[place].first; i != none; i = entries_[i].next) {
      const Entry& entry = entries_[i];
      assert(static_cast<std::size_t>(entry.place) == place && entry.previous == previous &&
             "an entry is in a list that it does not know");
      check_entry(entry);
      ++count;
      assert(count <= entries_.size() && "a list goes in a circle");
      bytes += entry.bytes;
      ++used[entry.options.reserved ? 1 : 0].entries;
      used[entry.options.reserved ? 1 : 0].blocks += entry.blocks;
      previous = i;
    }
    assert(lists_[place].last == previous && "a list ends elsewhere");
  }
  assert(count == count_ && bytes == bytes_ && "the counts are not those of the lists");
  if (build_.open && build_.entry) {
    ++count;
    ++used[build_.options.reserved ? 1 : 0].entries;
    used[build_.options.reserved ? 1 : 0].blocks += build_.blocks;
  }
  assert(handles_.used_count() == count && "an entry is in no list");
  std::size_t blocks = 0;
  for (std::size_t i = 0; i < used.size(); ++i) {
    assert(used[i].entries == rooms_[i].entries && rooms_[i].entries <= rooms_[i].entries_max);
    assert(used[i].blocks == rooms_[i].blocks && rooms_[i].blocks <= rooms_[i].blocks_max);
    blocks += used[i].blocks;
  }
  const std::size_t taken = store_.block_count() - store_.free_count();
  assert((shares() ? blocks <= taken : blocks == taken) && "a block is neither free nor in a message");
}

void OutboundRing::check() const noexcept {
  handles_.check();
  own_store_.check();
  check_rooms();
}

}  // namespace kedge

#endif
