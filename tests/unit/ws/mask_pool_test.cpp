#include "ws/mask_pool.hpp"

#include "entropy_port.hpp"
#include "support/cmocka.hpp"

#include <array>
#include <cstring>

using namespace kedge;
using namespace kedge::ws;

static void keys_are_fetched_a_pool_at_a_time_and_no_byte_is_used_twice(void**) {
  test::EntropyPort port;
  std::array<std::byte, 16> storage{};
  MaskPool pool(storage);
  EXPECT(port.calls == 0, "no randomness before the first key");
  for (unsigned i = 0; i < 8; ++i) {
    std::uint32_t key = 0;
    EXPECT(pool.next(port, key), "a key");
    std::array<unsigned char, 4> bytes{};
    std::memcpy(bytes.data(), &key, 4);
    for (unsigned j = 0; j < 4; ++j) EXPECT(bytes[j] == 4 * i + j, "the source's bytes in order, each once");
  }
  EXPECT(port.calls == 2, "8 keys from 16 bytes at a time to take two fetches");
}

static void no_key_is_given_after_the_source_failed_until_it_works_again(void**) {
  test::EntropyPort port;
  std::array<std::byte, 8> storage{};
  MaskPool pool(storage);
  std::uint32_t key = 0;
  port.fails = true;
  EXPECT(!pool.next(port, key), "no key from a failing source");
  EXPECT(!pool.next(port, key), "what the failed fetch left to stay unused");
  port.fails = false;
  EXPECT(pool.next(port, key) && pool.next(port, key), "keys when it works again");
  EXPECT(port.calls == 3, "a fetch for each failure and one for the two keys");
}

static void a_pool_too_small_for_a_key_gives_none(void**) {
  test::EntropyPort port;
  std::array<std::byte, 3> storage{};
  MaskPool pool(storage);
  std::uint32_t key = 0;
  EXPECT(!pool.next(port, key), "a refusal, not a read past the end");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(keys_are_fetched_a_pool_at_a_time_and_no_byte_is_used_twice),
      cmocka_unit_test(no_key_is_given_after_the_source_failed_until_it_works_again),
      cmocka_unit_test(a_pool_too_small_for_a_key_gives_none),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
