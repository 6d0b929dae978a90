// What storage.hpp promises, against what a BTP client takes.

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
  for (const Limits& limits : {Limits::tiny(), Limits::small(), Limits::host()}) {
    EXPECT(!tried(limits, storage_bytes(limits)), "enough");
    const Error less = tried(limits, storage_bytes(limits) - 1);
    EXPECT(less.kind() == ErrorKind::config, "config");
    EXPECT(less.message().find(std::to_string(storage_bytes(limits))) != std::string_view::npos,
           "how many bytes are needed");
  }
}

void it_is_enough_where_conditions_outweigh_a_row(void**) {
  for (const std::uint16_t n : std::initializer_list<std::uint16_t>{1, 2, 3, 33, 129, 2049, 4096}) {
    Limits limits = Limits::tiny();
    limits.pending_max = n;
    limits.result_row_bytes_max = 256;
    EXPECT(!tried(limits, storage_bytes(limits)), "enough");
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(storage_bytes_is_enough_for_every_preset_and_a_byte_less_is_told),
      cmocka_unit_test(it_is_enough_where_conditions_outweigh_a_row),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
