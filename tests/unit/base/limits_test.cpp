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
  const std::size_t bytes = line_storage_bytes(limits);
  EXPECT(bytes > limits.outbound_bytes && !check(limits),
         "a size, and a refusal, instead of a division by zero");
}

/// The largest limits that `check()` takes.
static Limits largest() {
  constexpr std::uint32_t bytes_max = 0x10000000;
  Limits limits;
  limits.pending_max = limits.outbound_messages_max = 4096;
  limits.outbound_block_bytes = 32;  // the smallest blocks cost most
  limits.credential_bytes_max = 16384;
  limits.reserved_messages_max = 256;
  limits.outbound_bytes = limits.reserved_bytes = limits.outbound_message_bytes_max = bytes_max;
  limits.inbound_message_bytes_max = limits.read_buffer_bytes = limits.write_buffer_bytes = bytes_max;
  limits.fragment_bytes_max = bytes_max - 14;
  limits.upgrade_bytes_max = 0xFFFF;
  limits.upgrade_headers_max = 1024;
  limits.url_bytes_max = 8192;
  limits.addresses_max = limits.json_depth_max = 255;
  limits.mask_pool_bytes = 0xFFFC;
  return limits;
}

static void the_largest_limits_have_a_size_that_32_bits_can_hold(void**) {
  const Limits limits = largest();
  EXPECT(check(limits).ok(), "limits that are at their most");
  const std::uint64_t buffers = std::uint64_t{limits.outbound_bytes} + limits.reserved_bytes +
                                limits.inbound_message_bytes_max + limits.read_buffer_bytes +
                                limits.write_buffer_bytes;
  const std::uint64_t bytes = line_storage_bytes(limits);
  EXPECT(bytes > buffers && bytes < buffers + buffers / 8,
         "the sum of all of them, not what is left after a wrap");
}

static void limits_whose_sum_does_not_fit_into_32_bits_are_refused_by_name(void**) {
  const struct {
    std::uint32_t Limits::*member;
    const char* words;
  } each[] = {
      {&Limits::outbound_bytes, "Limits::outbound_bytes must be 256 to 268435456, is "},
      {&Limits::reserved_bytes, "Limits::reserved_bytes must be 256 to 268435456, is "},
      {&Limits::outbound_message_bytes_max, "Limits::outbound_message_bytes_max must be 1 to 268435456, is "},
      {&Limits::inbound_message_bytes_max, "Limits::inbound_message_bytes_max must be 128 to 268435456, is "},
      {&Limits::read_buffer_bytes, "Limits::read_buffer_bytes must be 512 to 268435456, is "},
      {&Limits::write_buffer_bytes, "Limits::write_buffer_bytes must be 512 to 268435456, is "},
  };
  for (const auto& [member, words] : each) {
    for (const std::uint32_t bytes : {0x10000001U, 0x80000000U, 0xFFFFFFFFU}) {
      Limits limits;
      limits.*member = bytes;
      EXPECT_TEXT(check(limits).error().message(), words + std::to_string(bytes));
    }
  }
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_presets_are_valid),
      cmocka_unit_test(what_is_out_of_range_is_named_with_its_range),
      cmocka_unit_test(mask_keys_are_whole),
      cmocka_unit_test(limits_that_are_refused_have_a_size_too),
      cmocka_unit_test(the_largest_limits_have_a_size_that_32_bits_can_hold),
      cmocka_unit_test(limits_whose_sum_does_not_fit_into_32_bits_are_refused_by_name),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
