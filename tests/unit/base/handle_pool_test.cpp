#include "base/handle_pool.hpp"

#include "support/cmocka.hpp"

#include <array>
#include <set>

using namespace kedge;

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

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(every_slot_is_given_out_once_and_then_an_empty_handle),
      cmocka_unit_test(a_handle_is_stale_once_its_slot_was_given_back),
      cmocka_unit_test(no_bits_make_a_handle_to_a_free_slot_valid),
      cmocka_unit_test(a_generation_that_wraps_is_never_zero),
      cmocka_unit_test(a_pool_without_memory_is_full),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
