// The transfer of tests/support over port/uv: `transfer URL`, through the proxy that the environment names.

#include <kedge/host.hpp>

#include "support/transfer.hpp"

#include <vector>

int main(int argc, char** argv) {
  kedge::Host host;
  std::vector<std::byte> storage(kedge::websocket::storage_bytes(kedge::test::limits_of_4_kib()));
  kedge::ClientConfig config = host.config(argc > 1 ? argv[1] : "");
  config.backoff = {std::chrono::milliseconds{100}, std::chrono::milliseconds{200}, kedge::Jitter::equal};
  kedge::test::Transfer transfer(host.port(), std::move(config), storage);
  const int code = host.run(transfer.client());
  return code != 0 ? code : transfer.good() && transfer.resumed() == 3 ? 0 : 1;
}
