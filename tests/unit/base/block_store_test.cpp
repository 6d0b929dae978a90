#include "base/block_store.hpp"

#include "support/aborts.hpp"
#include "support/cmocka.hpp"

#include <cstring>
#include <set>
#include <vector>

using namespace kedge;
using kedge::test::aborts;

namespace {

constexpr std::uint32_t block_count = 5;
constexpr std::uint16_t block_bytes = 32;

/// Starts at an odd address, as the worst span a user may give.
struct Memory {
  std::vector<std::byte> bytes =
      std::vector<std::byte>(BlockStore::storage_bytes(block_count, block_bytes) + 1, std::byte{0xEE});
  std::span<std::byte> span() { return std::span(bytes).subspan(1); }
};

}  // namespace

static void every_block_is_given_out_once_and_then_none(void**) {
  Memory memory;
  Arena arena(memory.span());
  BlockStore store(block_count, block_bytes, arena);
  EXPECT(store.free_count() == block_count, "all blocks free at first");
  EXPECT(store.block_bytes() == block_bytes, "the size asked for");
  std::set<std::uint32_t> seen;
  for (std::uint32_t i = 0; i < block_count; ++i) {
    const std::uint32_t block = store.allocate();
    EXPECT(block != BlockStore::none, "a block while there are some");
    EXPECT(store.next(block) == BlockStore::none, "a fresh block to be a chain of one");
    EXPECT(seen.insert(block).second, "no block twice");
  }
  EXPECT(store.allocate() == BlockStore::none, "none from an empty store");
  EXPECT(store.free_count() == 0, "none to be left");
}

static void blocks_do_not_overlap_and_stay_inside_the_memory(void**) {
  Memory memory;
  Arena arena(memory.span());
  BlockStore store(block_count, block_bytes, arena);
  std::vector<std::uint32_t> blocks;
  for (std::uint32_t i = 0; i < block_count; ++i) {
    blocks.push_back(store.allocate());
    const std::span<std::byte> bytes = store.block(blocks.back());
    EXPECT(bytes.size() == block_bytes, "a whole block");
    EXPECT(bytes.data() >= memory.span().data() &&
               bytes.data() + bytes.size() <= memory.span().data() + memory.span().size(),
           "a block inside the arena's memory");
    std::memset(bytes.data(), static_cast<int>(i), bytes.size());
  }
  for (std::uint32_t i = 0; i < block_count; ++i) {
    for (const std::byte byte : store.block(blocks[i])) EXPECT(byte == std::byte(i), "its own bytes");
  }
}

static void a_chain_is_freed_whole(void**) {
  Memory memory;
  Arena arena(memory.span());
  BlockStore store(block_count, block_bytes, arena);
  const std::uint32_t first = store.allocate();
  const std::uint32_t second = store.allocate();
  const std::uint32_t third = store.allocate();
  const std::uint32_t other = store.allocate();
  store.link(first, second);
  store.link(second, third);
  store.block(other)[0] = std::byte{7};
  store.free_chain(first);
  EXPECT(store.free_count() == block_count - 1, "three blocks to be back, the other not");
  EXPECT(store.block(other)[0] == std::byte{7}, "the other chain to be left alone");
  store.free_chain(other);
  EXPECT(store.free_count() == block_count, "all back");
  for (std::uint32_t i = 0; i < block_count; ++i)
    EXPECT(store.allocate() != BlockStore::none, "all usable again");
  EXPECT(store.allocate() == BlockStore::none, "no block to have been doubled");
}

static void freeing_nothing_is_harmless(void**) {
  Memory memory;
  Arena arena(memory.span());
  BlockStore store(block_count, block_bytes, arena);
  store.free_chain(BlockStore::none);
  EXPECT(store.free_count() == block_count, "nothing changed");
}

static void a_store_without_enough_memory_has_no_blocks(void**) {
  Memory memory;
  Arena arena(memory.span().first(100));  // the chain fits, the blocks do not
  BlockStore store(block_count, block_bytes, arena);
  EXPECT(store.free_count() == 0, "no block");
  EXPECT(store.allocate() == BlockStore::none, "none");
  Arena nothing({});
  BlockStore empty(block_count, block_bytes, nothing);
  EXPECT(empty.allocate() == BlockStore::none, "none");
}

#if !defined(NDEBUG)
static void a_chain_that_is_freed_twice_cut_or_joined_to_itself_aborts_in_debug_builds(void**) {
  Memory memory;
  Arena arena(memory.span());
  BlockStore store(block_count, block_bytes, arena);
  const std::uint32_t first = store.allocate();
  const std::uint32_t second = store.allocate();
  const std::uint32_t third = store.allocate();
  store.link(first, second);
  store.check();
  EXPECT(aborts([&] { store.link(first, third); }), "the second would be lost");
  EXPECT(aborts([&] { store.link(third, third); }), "a circle");
  EXPECT(aborts([&] { (void)store.block(block_count); }), "a block that is none");
  store.free_chain(first);
  store.check();
  EXPECT(aborts([&] { store.free_chain(first); }), "freed twice");
  EXPECT(aborts([&] { store.free_chain(second); }), "freed twice from its middle");
}
#endif

int main() {
  const CMUnitTest tests[] = {
    cmocka_unit_test(every_block_is_given_out_once_and_then_none),
    cmocka_unit_test(blocks_do_not_overlap_and_stay_inside_the_memory),
    cmocka_unit_test(a_chain_is_freed_whole),
    cmocka_unit_test(freeing_nothing_is_harmless),
    cmocka_unit_test(a_store_without_enough_memory_has_no_blocks),
#if !defined(NDEBUG)
    cmocka_unit_test(a_chain_that_is_freed_twice_cut_or_joined_to_itself_aborts_in_debug_builds),
#endif
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
