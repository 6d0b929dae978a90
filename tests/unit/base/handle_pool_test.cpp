#include "base/handle_pool.hpp"

#include "support/aborts.hpp"
#include "support/cmocka.hpp"

#include <array>
#include <set>

using namespace kedge;
using kedge::test::aborts;

namespace {

constexpr std::uint32_t slots = 3;

struct Fixture {
  std::array<std::byte, HandlePool::storage_bytes(slots)> memory{};
  Arena arena{memory};
  HandlePool pool{slots, arena};
};

}  // namespace

static void every_slot_is_given_out_once_and_then_an_empty_handle(void**) {
  Fixture f;
  std::set<std::uint32_t> seen;
  for (std::uint32_t i = 0; i < slots; ++i) {
    EXPECT(!f.pool.full(), "room");
    const Handle handle = f.pool.acquire();
    EXPECT(bool(handle) && f.pool.valid(handle), "a valid handle");
    EXPECT(f.pool.handle(handle.index) == handle, "the same handle by its index");
    EXPECT(handle.index < slots && seen.insert(handle.index).second, "a slot of its own");
  }
  EXPECT(f.pool.full() && f.pool.used_count() == slots, "a full pool");
  EXPECT(!f.pool.acquire(), "an empty handle from a full pool");
}

static void a_handle_is_stale_once_its_slot_was_given_back(void**) {
  Fixture f;
  const Handle first = f.pool.acquire();
  f.pool.release(first.index);
  EXPECT(!f.pool.valid(first), "the handle to be stale");
  EXPECT(f.pool.used_count() == 0, "no slot in use");
  const Handle second = f.pool.acquire();
  EXPECT(second.index == first.index, "the slot given back last to be given out first");
  EXPECT(!f.pool.valid(first) && f.pool.valid(second), "only the present use to be valid");
}

static void no_bits_make_a_handle_to_a_free_slot_valid(void**) {
  Fixture f;
  EXPECT(!f.pool.valid({}), "a default handle to be invalid");
  EXPECT(!f.pool.valid({0, 1}), "a guess at the generation to come to be invalid");
  EXPECT(!f.pool.valid({slots, 1}), "an index out of range to be invalid");
  EXPECT(!f.pool.valid({0xFFFFFFFFU, 0xFFFFFFFFU}), "garbage to be invalid");
}

static void a_generation_that_wraps_is_never_zero(void**) {
  // 2^32 uses take too long: the memory is known to hold the generation first.
  alignas(8) std::array<std::byte, HandlePool::storage_bytes(1)> memory{};
  Arena arena(memory);
  HandlePool pool(1, arena);
  auto* generation = reinterpret_cast<std::uint32_t*>(memory.data());
  EXPECT(*generation == 1, "the generation to lie first");
  *generation = 0xFFFFFFFFU;
  const Handle last = pool.acquire();
  EXPECT(last.generation == 0xFFFFFFFFU, "the last generation");
  pool.release(last.index);
  EXPECT(pool.acquire().generation == 1, "the next to be 1");
}

static void a_pool_without_memory_is_full(void**) {
  Arena nothing({});
  HandlePool pool(slots, nothing);
  EXPECT(pool.full() && !pool.acquire() && !pool.valid({0, 1}), "no slot");
}

#if !defined(NDEBUG)
static void a_slot_given_back_twice_and_a_handle_of_a_free_one_abort_in_debug_builds(void**) {
  Fixture f;
  const Handle kept = f.pool.acquire();
  const Handle gone = f.pool.acquire();
  f.pool.release(gone.index);
  f.pool.check();
  EXPECT(aborts([&] { f.pool.release(gone.index); }), "given back twice");
  EXPECT(aborts([&] { (void)f.pool.handle(gone.index); }), "a handle of a free slot");
  EXPECT(aborts([&] { f.pool.release(slots); }), "a slot that is none");
  EXPECT(f.pool.valid(kept), "nothing has happened here");
}

static void a_free_list_that_was_written_over_aborts_in_debug_builds(void**) {
  alignas(8) std::array<std::byte, HandlePool::storage_bytes(2)> memory{};
  Arena arena(memory);
  HandlePool pool(2, arena);
  pool.check();
  auto* words = reinterpret_cast<std::uint32_t*>(memory.data());  // generation and next of each slot
  for (const std::uint32_t next : {0U, 7U, 0xFFFFFFFFU}) {        // a circle, nowhere, the end before the end
    words[1] = next;
    EXPECT(aborts([&] { pool.check(); }), "the free list is no list of the free");
  }
}
#endif

int main() {
  const CMUnitTest tests[] = {
    cmocka_unit_test(every_slot_is_given_out_once_and_then_an_empty_handle),
    cmocka_unit_test(a_handle_is_stale_once_its_slot_was_given_back),
    cmocka_unit_test(no_bits_make_a_handle_to_a_free_slot_valid),
    cmocka_unit_test(a_generation_that_wraps_is_never_zero),
    cmocka_unit_test(a_pool_without_memory_is_full),
#if !defined(NDEBUG)
    cmocka_unit_test(a_slot_given_back_twice_and_a_handle_of_a_free_one_abort_in_debug_builds),
    cmocka_unit_test(a_free_list_that_was_written_over_aborts_in_debug_builds),
#endif
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
