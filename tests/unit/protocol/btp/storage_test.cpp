// What storage.hpp promises, against what a BTP client takes.

#include <kedge/agent_gate.hpp>
#include <kedge/btp.hpp>
#include <kedge/port_none.hpp>

#include "support/cmocka.hpp"

#include <initializer_list>
#include <vector>

using namespace kedge;

namespace {

/// What `connect()` says with so much room.
Error tried(const Limits& limits, std::size_t bytes) {
  std::vector<std::byte> storage(bytes);
  none::Port port;
  btp::Config config;
  config.client.url = "ws://connector/";
  config.client.credentials = [](Secret& secret) noexcept { return secret.assign("s3cret"); };
  btp::Client client(port, std::move(config), limits, storage);
  const auto connected = client.connect();
  client.close();
  return connected ? Error{} : connected.error();
}

void storage_bytes_is_enough_for_every_preset_and_a_byte_less_is_told(void**) {
  for (const Limits& limits : {Limits::micro(), Limits::tiny(), Limits::small(), Limits::host()}) {
    EXPECT(!tried(limits, btp::storage_bytes(limits)), "enough");
    const Error less = tried(limits, btp::storage_bytes(limits) - 1);
    EXPECT(less.kind() == ErrorKind::config, "config");
    EXPECT(less.message().find(std::to_string(btp::storage_bytes(limits))) != std::string_view::npos,
           "how many bytes are needed");
  }
}

void it_is_enough_for_any_number_of_conditions(void**) {
  for (const std::uint16_t n : std::initializer_list<std::uint16_t>{1, 2, 3, 33, 129, 2049, 4096}) {
    Limits limits = Limits::tiny();
    limits.pending_max = n;
    EXPECT(!tried(limits, btp::storage_bytes(limits)), "enough");
  }
}

void a_client_does_not_pay_for_rows_of_agent_gate(void**) {
  // What it was when each client of any protocol had room for one row, on a 32-bit machine; 265696 on others.
  constexpr std::size_t before = 262624;
  print_message("btp::storage_bytes: tiny %zu, small %zu (%zu before), host %zu\n",
                btp::storage_bytes(Limits::tiny()), btp::storage_bytes(Limits::small()), before,
                btp::storage_bytes(Limits::host()));
  EXPECT(btp::storage_bytes(Limits::small()) <= before / 5 * 4, "a fifth less, or better");
  // agent-gate keeps rows where its messages come in: larger ones cost what they are larger by.
  agent_gate::Limits rows = agent_gate::Limits::small();
  const std::size_t of_small = agent_gate::storage_bytes(rows);
  rows.result_row_bytes_max += 1000;
  EXPECT(agent_gate::storage_bytes(rows) == of_small + 1000, "a row larger than the largest message");
}

void a_storage_names_its_limits_once(void**) {
  static btp::Storage<Limits::tiny()> storage;
  EXPECT(storage.bytes().size() == btp::storage_bytes(Limits::tiny()), "all of them");
  none::Port port;
  btp::Config config;
  config.client.url = "ws://connector/";
  config.client.credentials = [](Secret& secret) noexcept { return secret.assign("s3cret"); };
  btp::Client client(port, std::move(config), storage);
  EXPECT(client.connect().ok(), "a client with the limits of its storage");
  client.close();
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(storage_bytes_is_enough_for_every_preset_and_a_byte_less_is_told),
      cmocka_unit_test(it_is_enough_for_any_number_of_conditions),
      cmocka_unit_test(a_client_does_not_pay_for_rows_of_agent_gate),
      cmocka_unit_test(a_storage_names_its_limits_once),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
