#include <kedge/limits.hpp>
#include <kedge/storage.hpp>

#include "support/cmocka.hpp"

using namespace kedge;

static void the_presets_are_valid(void**) {
  EXPECT(check(Limits::tiny()).ok() && check(Limits::small()).ok() && check(Limits::host()).ok(),
         "valid presets");
}

static void what_is_out_of_range_is_named_with_its_range(void**) {
  Limits limits;
  limits.outbound_block_bytes = 0;
  EXPECT(check(limits).error().kind() == ErrorKind::config, "kind config");
  EXPECT_TEXT(check(limits).error().message(), "Limits::outbound_block_bytes must be 32 to 4096, is 0");
  limits = Limits{};
  limits.pending_max = 4097;
  EXPECT_TEXT(check(limits).error().message(), "Limits::pending_max must be 1 to 4096, is 4097");
}

static void mask_keys_are_whole(void**) {
  Limits limits;
  limits.mask_pool_bytes = 10;
  EXPECT(!check(limits), "a pool of two and a half keys to be refused");
}

static void limits_that_are_refused_have_a_size_too(void**) {
  Limits limits;
  limits.outbound_block_bytes = 0;
  const std::size_t bytes = storage_bytes(limits);
  EXPECT(bytes > limits.outbound_bytes && !check(limits),
         "a size, and a refusal, instead of a division by zero");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_presets_are_valid),
      cmocka_unit_test(what_is_out_of_range_is_named_with_its_range),
      cmocka_unit_test(mask_keys_are_whole),
      cmocka_unit_test(limits_that_are_refused_have_a_size_too),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
