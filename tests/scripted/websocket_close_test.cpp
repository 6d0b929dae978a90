// What is told of a line's end by a raw WebSocket client that was closed.

#include "websocket_fixture.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

void a_closed_client_tells_how_the_peer_closed_its_last_line(void**) {
  WebSocketWorld t;
  t.connect();
  t.gateway.latest()->close(4100, "go away");
  EXPECT(t.until(LinkState::waiting) && t.until(LinkState::ready), "another line");
  t.client->close();
  EXPECT(t.until(LinkState::closed), "closed");
  EXPECT(t.client->peer_close().code == 0 && t.client->peer_close().reason.empty(), "we were first");

  WebSocketWorld late;
  late.connect();
  late.gateway.latest()->close(4200, "first");
  const std::uint64_t writes = late.client->statistics().writes;
  EXPECT(late.world.run_until([&] { return late.client->statistics().writes > writes; }, 1s), "an answer");
  EXPECT(late.client->state() == LinkState::ready, "on a line that is not gone yet");
  late.client->close();
  EXPECT(late.until(LinkState::closed), "closed");
  EXPECT(late.client->peer_close().code == 4200, "the peer was first");
  EXPECT_TEXT(std::string(late.client->peer_close().reason), "first");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_closed_client_tells_how_the_peer_closed_its_last_line),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
