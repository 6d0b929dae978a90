// What mbedTLS allocates for a connection: measured, printed, and held below what the header says.

#include "fixture.hpp"

#include <malloc.h>

using namespace kedge;
using namespace kedge::test;

static std::size_t allocated() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

static void connection_stays_within_what_is_documented(void**) {
  if (allocated() == 0) skip();  // under AddressSanitizer malloc counts nothing
  World world;
  auto pipe = std::make_unique<StreamPipe>();
  std::array<std::byte, 4096> buffer;
  End user, peer;
  { Connection warm_up(world.client(), world.server, world.port); }
  tls::ServerStream server(world.server, buffer);

  const std::size_t before = allocated();
  peer.stream = *server.start(pipe->b(), peer);
  const std::size_t handshaking = allocated() - before;
  user.stream = *world.client().start(pipe->a(), user, "localhost", 443, world.port);
  std::size_t most = 0;
  for (int turn = 0; turn < 50; ++turn) {
    pipe->run(1);
    most = std::max(most, allocated() - before);
  }
  const std::size_t open = allocated() - before;
  user.stream->close();
  peer.stream->close();
  pipe->run();
  pipe.reset();
  const std::size_t after = allocated();
  print_message("mbedTLS: %zu bytes when a handshake begins, %zu for both ends of an open connection\n",
                handshaking, open);
  print_message("mbedTLS: %zu bytes at most for both ends between two turns of a handshake\n", most);
  print_message("in place: client %zu, its buffer %zu, server %zu, server's stream %zu\n",
                sizeof(tls::Client), tls::record_bytes_max, sizeof(tls::Server), sizeof(tls::ServerStream));
  EXPECT(handshaking < 48 * 1024, "a handshake to begin in less than 48 KiB");
  EXPECT(open < 2 * 40 * 1024, "an open connection to take less than 40 KiB at each end");
  EXPECT(after <= before + 4096, "everything to be given back");
}

static void system_bundle_is_read_where_there_is_one(void**) {
  if (allocated() == 0) skip();
  tls::ClientStorage<64> storage;
  const std::size_t before = allocated();
  const auto trusted = storage.client.trust_system_bundle();
  if (!trusted) skip();  // a bare system without ca-certificates
  print_message("mbedTLS: %zu bytes for the system's CAs\n", allocated() - before);
  EXPECT(allocated() - before < 1024 * 1024, "less than a megabyte");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(connection_stays_within_what_is_documented),
      cmocka_unit_test(system_bundle_is_read_where_there_is_one),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
