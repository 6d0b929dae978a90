#include "base/arena.hpp"

#include "support/cmocka.hpp"

#include <array>
#include <limits>

using namespace kedge;

namespace {
struct Wide {
  std::uint64_t value = 5;
  std::uint8_t small = 6;
};
}  // namespace

static void objects_are_initialised_aligned_and_apart(void**) {
  alignas(16) std::array<std::byte, 256> memory;
  memory.fill(std::byte{0xEE});
  Arena arena{std::span(memory).subspan(1)};
  const std::span<std::uint8_t> bytes = arena.take<std::uint8_t>(3);
  const std::span<Wide> wides = arena.take<Wide>(4);
  EXPECT(bytes.size() == 3 && wides.size() == 4, "all of them");
  EXPECT(bytes[0] == 0 && bytes[2] == 0, "numbers to be zero");
  EXPECT(wides[3].value == 5 && wides[3].small == 6, "members to have their defaults");
  EXPECT(reinterpret_cast<std::uintptr_t>(wides.data()) % alignof(Wide) == 0, "alignment");
  EXPECT(static_cast<void*>(bytes.data() + 3) <= static_cast<void*>(wides.data()), "no overlap");
}

static void arena_bytes_is_enough_from_any_address(void**) {
  alignas(16) std::array<std::byte, 128> memory{};
  for (std::size_t offset = 0; offset < 16; ++offset) {
    Arena arena{std::span(memory).subspan(offset, arena_bytes<Wide>(3))};
    EXPECT(arena.take<Wide>(3).size() == 3, "room for three");
    EXPECT(arena.left() < alignof(Wide), "no more left than alignment may cost");
  }
}

static void an_arena_that_is_too_small_gives_nothing_and_keeps_the_rest(void**) {
  alignas(16) std::array<std::byte, 64> memory{};
  Arena arena(memory);
  EXPECT(arena.take<Wide>(5).empty(), "nothing");
  EXPECT(arena.left() == 64, "nothing to be lost");
  EXPECT(arena.take<std::uint64_t>(std::numeric_limits<std::size_t>::max()).empty(), "no wrap of the size");
  EXPECT(arena.take<std::byte>(63).size() == 63, "all but one");
  EXPECT(arena.take<std::uint64_t>(1).empty() && arena.left() == 1, "less than the padding to be too little");
  EXPECT(arena.take<std::byte>(1).size() == 1 && arena.left() == 0, "the last one");
  EXPECT(arena.take<std::byte>(1).empty(), "no more");
  EXPECT(arena.take<std::byte>(0).empty(), "none asked for, none given");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(objects_are_initialised_aligned_and_apart),
      cmocka_unit_test(arena_bytes_is_enough_from_any_address),
      cmocka_unit_test(an_arena_that_is_too_small_gives_nothing_and_keeps_the_rest),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
