#pragma once
// Which slots of a pool are in use, and by which use: a free list and a generation for each slot.

#include "arena.hpp"

#include <kedge/handle.hpp>

#include <cassert>
#include <cstdint>
#include <span>

namespace kedge {

/// Gives out slot numbers with generations; what is in the slots is its owner's business.
///
/// Invariants: a generation is never 0, so that a default handle never names a slot; it changes whenever a
/// slot is given back, so that a handle kept for longer is told from the next use (until 2^32 uses of that
/// slot have passed).
class HandlePool {
 public:
  static constexpr std::size_t storage_bytes(std::uint32_t slots) noexcept {
    return arena_bytes<Slot>(slots);
  }
  /// All slots free. The arena lends the memory; without room for all of it the pool has no slot.
  HandlePool(std::uint32_t slots, Arena& arena) noexcept : slots_(arena.take<Slot>(slots)) {
    for (std::uint32_t i = 0; i < slots_.size(); ++i)
      slots_[i].next_free = i + 1 < slots_.size() ? i + 1 : end;
    if (!slots_.empty()) free_first_ = 0;
  }

  /// A free slot, the one given back last first (its memory is warm); an empty handle when none is free.
  [[nodiscard]] Handle acquire() noexcept {
    if (free_first_ == end) return {};
    const std::uint32_t index = free_first_;
    assert(index < slots_.size() && "the free list leads out of the pool");
    assert(slots_[index].next_free != used && "the free list holds a slot in use");
    free_first_ = slots_[index].next_free;
    slots_[index].next_free = used;
    ++used_count_;
    assert(used_count_ <= slots_.size() && slots_[index].generation != 0);
    return {index, slots_[index].generation};
  }
  /// Gives a slot in use back; every handle to it is stale from now on.
  void release(std::uint32_t index) noexcept {
    assert(index < slots_.size() && used_count_ > 0);
    Slot& slot = slots_[index];
    assert(slot.next_free == used && "a slot was given back twice");
    if (++slot.generation == 0) slot.generation = 1;
    slot.next_free = free_first_;
    free_first_ = index;
    --used_count_;
  }
  /// Whether the handle names the present use of a slot. Any bits may be given.
  [[nodiscard]] bool valid(Handle handle) const noexcept {
    return handle.index < slots_.size() && slots_[handle.index].next_free == used &&
           slots_[handle.index].generation == handle.generation;
  }
  /// The handle of a slot in use.
  [[nodiscard]] Handle handle(std::uint32_t index) const noexcept {
    assert(index < slots_.size() && slots_[index].next_free == used && "a free slot has no handle");
    return {index, slots_[index].generation};
  }
  [[nodiscard]] std::uint32_t used_count() const noexcept { return used_count_; }
  [[nodiscard]] bool full() const noexcept { return free_first_ == end; }
  /// Asserts that the free slots and those in use are all there are. Looks at each free one.
  void check() const noexcept;

 private:
  static constexpr std::uint32_t end = 0xFFFFFFFFU;
  static constexpr std::uint32_t used = 0xFFFFFFFEU;
  struct Slot {
    std::uint32_t generation = 1;
    std::uint32_t next_free = end;
  };

  std::span<Slot> slots_;
  std::uint32_t free_first_ = end;
  std::uint32_t used_count_ = 0;
};

inline void HandlePool::check() const noexcept {
#ifndef NDEBUG
  std::uint32_t free = 0;
  for (std::uint32_t i = free_first_; i != end; i = slots_[i].next_free) {
    assert(i < slots_.size() && slots_[i].generation != 0);
    ++free;
    assert(free <= slots_.size() && "the free list goes in a circle");
  }
  assert(free + used_count_ == slots_.size() && "a slot is neither free nor in use");
#endif
}

}  // namespace kedge
