// kedge's own client and the scripted WebSocket peer that its users have for their tests.

#include "link_fixture.hpp"

#include <kedge/sim/websocket_peer.hpp>

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

void what_the_header_shows_is_so(void**) {
  LinkWorld t;
  sim::WebSocketPeer gateway(t.world);
  EXPECT(gateway.listen(sim::ipv4(10, 0, 0, 1, 80), "gateway").ok(), "listening");
  gateway.next(sim::Reception::refuse(503).with_header("Retry-After", "7"), 2);
  gateway.set_on_message([](sim::WebSocketConnection& line, const sim::WebSocketMessage& message) noexcept {
    line.send("you said " + message.payload);
  });
  EXPECT(t.push("hello").ok(), "room");
  EXPECT(t.connect_and_wait(), "ready");
  EXPECT(gateway.connection(2)->accepted_at() - gateway.connection(1)->accepted_at() >= 7s,
         "the wait asked for");
  t.world.run_for(1min);
  EXPECT(t.protocol.messages.size() == 1, "an answer");
  EXPECT_TEXT(t.protocol.messages[0], "you said hello");
  gateway.latest()->cut();
  t.world.run_for(1min);
  EXPECT(gateway.connections() == 4 && gateway.latest()->is_open() && !gateway.failure(), "back again");
  t.link->close();
  EXPECT(t.run_until_state(LinkState::closed), "closed");
  EXPECT(gateway.latest()->close_code() == 1000, "with a goodbye");
}

void a_line_that_stalls_is_found_out_and_replaced(void**) {
  LinkWorld t;
  sim::WebSocketPeer gateway(t.world);
  EXPECT(gateway.listen(sim::ipv4(10, 0, 0, 1, 80)).ok(), "listening");
  EXPECT(t.connect_and_wait(), "ready");
  t.world.run_for(5min);
  EXPECT(gateway.latest()->pings() >= 8, "a ping for each half minute");
  gateway.latest()->stall();
  t.world.run_for(1min);
  EXPECT(gateway.connections() == 2 && gateway.latest()->is_open(), "another line within a minute");
  gateway.connection(1)->go_on();
  EXPECT(gateway.connection(1)->is_over() && !gateway.failure(), "the old one is over");
}

void a_peer_finds_no_fault_with_the_client_on_any_line(void**) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    LinkWorld t({}, seed);
    t.world.set_profile(sim::NetworkProfile::randomised(seed));
    sim::WebSocketPeer gateway(t.world);
    EXPECT(gateway.listen(sim::ipv4(10, 0, 0, 1, 80)).ok(), "listening");
    gateway.set_on_message([](sim::WebSocketConnection& line, const sim::WebSocketMessage& message) noexcept {
      line.send_in_fragments(message.payload, 100);
    });
    EXPECT(t.link->connect().ok(), "started");
    for (int i = 0; i < 20; ++i) {
      (void)t.push(std::string(static_cast<std::size_t>(i) * 37, 'x'));
      t.world.run_for(5s);
    }
    EXPECT(gateway.connections() > 0 && !gateway.failure(), std::string(gateway.failure().message()).c_str());
    t.world.set_profile({});
    (void)t.world.cut_all(sim::Cut::reset);
    EXPECT(t.run_until_state(LinkState::ready), "ready on a line without faults");
    const std::size_t before = t.protocol.messages.size();
    EXPECT(t.push("the last").ok(), "room");
    EXPECT(t.world.run_until([&] { return t.protocol.messages.size() > before; }, 10s), "an answer");
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(what_the_header_shows_is_so),
      cmocka_unit_test(a_line_that_stalls_is_found_out_and_replaced),
      cmocka_unit_test(a_peer_finds_no_fault_with_the_client_on_any_line),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
