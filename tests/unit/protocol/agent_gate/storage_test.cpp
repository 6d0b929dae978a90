// What storage.hpp promises, against what the parts take: for each limit at its edges.

#include <kedge/agent_gate.hpp>

#include "link/link.hpp"
#include "link/pending_pool.hpp"
#include "protocol/agent_gate/row_keys.hpp"
#include "support/cmocka.hpp"

#include <initializer_list>

using namespace kedge;

namespace {

using agent_gate::Limits;

std::size_t parts(const Limits& limits) {
  return agent_gate::client_bytes + alignof(std::max_align_t) - 1 +
         Link::storage_bytes(limits, limits.result_row_bytes_max) + PendingPool::storage_bytes(limits) +
         arena_bytes<agent_gate::RowKey>(limits.pending_max);
}

void expect_enough(const Limits& limits, const char* what) {
  EXPECT(storage_bytes(limits) >= parts(limits), what);
  EXPECT(storage_bytes(limits) <= parts(limits) + 64, "no more than 64 bytes too much");
}

void the_presets_are_covered(void**) {
  expect_enough(Limits::micro(), "micro");
  expect_enough(Limits::tiny(), "tiny");
  expect_enough(Limits::small(), "small");
  expect_enough(Limits::host(), "host");
}

void each_limit_is_covered_at_its_edges(void**) {
  for (const std::uint16_t n : std::initializer_list<std::uint16_t>{1, 2, 3, 33, 127, 129, 2049, 4096}) {
    Limits limits = Limits::tiny();
    limits.pending_max = n;
    expect_enough(limits, "pending_max");
    limits.outbound_messages_max = n;
    limits.reserved_messages_max = 256;
    expect_enough(limits, "outbound_messages_max");
  }
  for (const std::uint16_t block : std::initializer_list<std::uint16_t>{32, 33, 100, 4096}) {
    Limits limits = Limits::host();
    limits.outbound_block_bytes = block;
    limits.outbound_bytes = 1'000'003;
    limits.reserved_bytes = 256;
    expect_enough(limits, "blocks");
  }
  Limits odd = Limits::tiny();
  odd.url_bytes_max = 8191;
  odd.upgrade_bytes_max = 65535;
  odd.credential_bytes_max = 16383;
  odd.addresses_max = 255;
  odd.mask_pool_bytes = 65532;
  odd.read_buffer_bytes = 513;
  odd.write_buffer_bytes = 1'000'001;
  odd.inbound_message_bytes_max = 999;
  odd.result_row_bytes_max = 12'345'677;
  expect_enough(odd, "odd sizes");
}

void a_storage_holds_its_bytes(void**) {
  static agent_gate::Storage<Limits::tiny()> storage;
  EXPECT(storage.bytes().size() == storage_bytes(Limits::tiny()), "all of them");
  print_message("storage_bytes: tiny %zu, small %zu, host %zu\n", storage_bytes(Limits::tiny()),
                storage_bytes(Limits::small()), storage_bytes(Limits::host()));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_presets_are_covered),
      cmocka_unit_test(each_limit_is_covered_at_its_edges),
      cmocka_unit_test(a_storage_holds_its_bytes),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
