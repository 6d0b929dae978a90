// The limits that agent-gate adds to those of a line.

#include <kedge/agent_gate.hpp>

#include "support/cmocka.hpp"

#include <string>

using namespace kedge;

namespace {

using agent_gate::Limits;

void the_presets_are_valid_and_those_of_the_line(void**) {
  EXPECT(check(Limits::tiny()).ok() && check(Limits::small()).ok() && check(Limits::host()).ok(), "valid");
  EXPECT(Limits::tiny().read_buffer_bytes == kedge::Limits::tiny().read_buffer_bytes &&
             Limits::small().read_buffer_bytes == kedge::Limits::small().read_buffer_bytes &&
             Limits::host().read_buffer_bytes == kedge::Limits::host().read_buffer_bytes,
         "the line's");
}

void a_row_that_is_out_of_range_is_named_with_its_range(void**) {
  for (const std::uint32_t bytes : {0U, 127U, 0x10000001U, 0x80000000U, 0xFFFFFFFFU}) {
    Limits limits;
    limits.result_row_bytes_max = bytes;
    EXPECT(check(limits).error().kind() == ErrorKind::config, "config");
    EXPECT_TEXT(check(limits).error().message(),
                "Limits::result_row_bytes_max must be 128 to 268435456, is " + std::to_string(bytes));
  }
}

void what_is_wrong_with_the_line_s_limits_is_told_too(void**) {
  Limits limits;
  limits.pending_max = 4097;
  EXPECT_TEXT(check(limits).error().message(), "Limits::pending_max must be 1 to 4096, is 4097");
}

void the_largest_row_has_a_size_that_32_bits_can_hold(void**) {
  Limits limits;
  limits.result_row_bytes_max = 0x10000000;
  EXPECT(check(limits).ok(), "the most that is taken");
  EXPECT(storage_bytes(limits) - storage_bytes(Limits::host()) == 0x10000000 - 256 * 1024, "one byte each");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_presets_are_valid_and_those_of_the_line),
      cmocka_unit_test(a_row_that_is_out_of_range_is_named_with_its_range),
      cmocka_unit_test(what_is_wrong_with_the_line_s_limits_is_told_too),
      cmocka_unit_test(the_largest_row_has_a_size_that_32_bits_can_hold),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
