#pragma once
// Bytes in fixed blocks, chained: a store that cannot fragment.

#include "arena.hpp"

#include <kedge/secret.hpp>

#include <cassert>
#include <cstdint>
#include <span>

namespace kedge {

/// Chains of blocks over one span. A plain byte ring, with 1 % of messages kept until acknowledged, refused
/// 57 % of sends while 5 % full; blocks refuse none.
///
/// What is called for each message is inline: a call costs as much as the work.
class BlockStore {
 public:
  /// The index that names no block: the end of a chain, and the answer of a store without a free block.
  static constexpr std::uint32_t none = 0xFFFFFFFFU;
  /// Bytes it takes from an arena: the blocks, and 4 bytes for each to chain it.
  static constexpr std::size_t storage_bytes(std::uint32_t block_count, std::uint16_t block_bytes) noexcept {
    return arena_bytes<std::uint32_t>(block_count) +
           arena_bytes<std::byte>(std::size_t{block_count} * block_bytes);
  }
  /// All blocks free. The arena lends the memory and must outlive the store; without room for all of it the
  /// store has no block at all.
  BlockStore(std::uint32_t block_count, std::uint16_t block_bytes, Arena& arena) noexcept;

  /// A chain of one fresh block, or `none`.
  std::uint32_t allocate() noexcept {
    const std::uint32_t taken = free_first_;
    if (taken == none) return none;
    assert(taken < next_.size() && free_count_ > 0 && "the free list leads out of the store");
    free_first_ = next_[taken];
    next_[taken] = none;
    --free_count_;
    assert((free_first_ == none) == (free_count_ == 0) && "the count of free blocks is wrong");
    return taken;
  }
  /// Overwrites the bytes of a whole chain: it held a secret.
  void wipe_chain(std::uint32_t first) noexcept {
    for (std::uint32_t index = first; index != none; index = next(index)) wipe(block(index));
  }
  /// Frees a whole chain; `none` is an empty one. A chain is freed once.
  void free_chain(std::uint32_t first) noexcept {
    if (first == none) return;
    std::uint32_t last = first;
    std::uint32_t freed = 1;
    assert(first < next_.size() && first != free_first_ && "a chain was freed twice");
    for (; next_[last] != none; last = next_[last]) {
      ++freed;
      assert(next_[last] < next_.size() && freed <= next_.size() - free_count_ &&
             "a chain runs into another");
    }
    next_[last] = free_first_;
    free_first_ = first;
    free_count_ += freed;
    assert(free_count_ <= next_.size() && "a chain was freed twice");
  }
  /// The block behind this one in its chain, or `none`.
  [[nodiscard]] std::uint32_t next(std::uint32_t block) const noexcept {
    assert(block < next_.size());
    return next_[block];
  }
  /// Makes `next` follow `block` in its chain.
  void link(std::uint32_t block, std::uint32_t next) noexcept {
    assert(block < next_.size() && next < next_.size() && block != next);
    assert(next_[block] == none && "the rest of a chain would be lost");
    next_[block] = next;
  }
  /// The block's memory, `block_bytes()` long.
  [[nodiscard]] std::span<std::byte> block(std::uint32_t index) noexcept {
    assert(index < next_.size());
    return bytes_.subspan(std::size_t{index} * block_bytes_, block_bytes_);
  }
  [[nodiscard]] std::uint32_t free_count() const noexcept { return free_count_; }
  [[nodiscard]] std::uint16_t block_bytes() const noexcept { return block_bytes_; }
  [[nodiscard]] std::uint32_t block_count() const noexcept {
    return static_cast<std::uint32_t>(next_.size());
  }
  /// Asserts that as many blocks are free as are counted. Looks at each of them.
  void check() const noexcept;

 private:
  std::span<std::uint32_t> next_;
  std::span<std::byte> bytes_;
  std::uint32_t free_first_ = none;
  std::uint32_t free_count_ = 0;
  std::uint16_t block_bytes_;
};

inline void BlockStore::check() const noexcept {
#ifndef NDEBUG
  std::uint32_t free = 0;
  for (std::uint32_t i = free_first_; i != none; i = next_[i]) {
    ++free;
    assert(i < next_.size() && free <= free_count_ && "the free list goes in a circle");
  }
  assert(free == free_count_ && "a free block is counted and not listed");
#endif
}

}  // namespace kedge
