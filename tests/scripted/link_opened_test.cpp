// What a protocol is told when its line is open, and what it may set for that line alone.

#include "link_fixture.hpp"

#include <kedge/sim/websocket_peer.hpp>

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

/// What a protocol was told, kept beyond the call.
struct Seen {
  std::string subprotocol;
  std::string header;
  std::optional<WallTime> date;
};

class OpenedWorld : public LinkWorld {
 public:
  ~OpenedWorld() { protocol.opened_to = {}; }
  explicit OpenedWorld(ClientConfig config = {}) : LinkWorld(std::move(config)), peer(world) {
    EXPECT(peer.listen(sim::ipv4(10, 0, 0, 1, 80)).ok(), "listening");
    protocol.opened_to = [this](const Opened& opened) {
      seen = {std::string(opened.subprotocol), std::string(opened.header("X-Session")), opened.date};
    };
  }
  sim::WebSocketPeer peer;
  Seen seen;
};

void the_head_of_the_101_is_told(void**) {
  OpenedWorld t;
  t.protocol.attempt = [](UpgradeExtras& extras) { return extras.add_subprotocol("v1.mesh"); };
  t.peer.next(sim::Reception::accept()
                  .with_header("Date", "Sun, 06 Nov 1994 08:49:37 GMT")
                  .with_header("x-session", "abc")
                  .with_subprotocol("v1.mesh"));
  EXPECT(t.connect_and_wait(), "ready");
  EXPECT_TEXT(t.seen.subprotocol, "v1.mesh");
  EXPECT_TEXT(t.seen.header, "abc");
  EXPECT(t.seen.date == WallTime{784111777s}, "the server's time of day");
}

void what_the_101_does_not_say_is_empty(void**) {
  OpenedWorld t;
  EXPECT(t.connect_and_wait(), "ready");
  EXPECT(t.seen.subprotocol.empty() && t.seen.header.empty() && !t.seen.date, "nothing was said");
}

void a_keepalive_learned_from_the_peer_is_of_its_line_alone(void**) {
  ClientConfig config;
  config.keepalive.interval = 30s;
  OpenedWorld t(std::move(config));
  t.protocol.open = [&t] {
    if (t.protocol.opened == 1) t.link->set_keepalive({2s, 1s});
  };
  EXPECT(t.connect_and_wait(), "ready");
  t.world.run_for(21s);
  EXPECT(t.link->statistics().pings_sent >= 7 && t.link->statistics().pings_sent <= 10,
         "a ping after each 2 s of silence");
  EXPECT(t.port.cut(sim::Cut::reset) && t.run_until_state(LinkState::waiting), "a loss");
  EXPECT(t.run_until_state(LinkState::ready), "the next line");
  const auto before = t.link->statistics().pings_sent;
  t.world.run_for(29s);
  EXPECT(t.link->statistics().pings_sent == before, "that of the configuration");
  t.world.run_for(2s);
  EXPECT(t.link->statistics().pings_sent == before + 1, "after 30 s");
}

void a_message_limit_learned_from_the_peer_is_of_its_line_alone(void**) {
  OpenedWorld t;
  t.protocol.open = [&t] {
    if (t.protocol.opened == 1) t.link->set_outbound_message_bytes_max(100);
  };
  EXPECT(t.connect_and_wait(), "ready");
  EXPECT(t.push(std::string(100, 'x')).ok(), "as large as the peer takes");
  const auto refused = t.push(std::string(101, 'x'));
  EXPECT(refused.error().kind() == ErrorKind::too_large, "one byte more");
  EXPECT(t.port.cut(sim::Cut::reset) && t.run_until_state(LinkState::waiting), "a loss");
  EXPECT(t.push(std::string(101, 'x')).ok(), "what waits is for another line");
  EXPECT(t.run_until_state(LinkState::ready), "the next line");
  EXPECT(t.push(std::string(101, 'x')).ok(), "whose peer has set no limit");
  t.link->set_outbound_message_bytes_max(1U << 30U);
  EXPECT(!t.push(std::string(t.limits.outbound_message_bytes_max + 1, 'x')).ok(), "ours holds in any case");
}

void a_credential_of_the_largest_size_goes_into_the_upgrade_in_base64_beside_other_headers(void**) {
  for (const Limits& limits : {Limits::tiny(), Limits::small(), Limits::host()}) {
    LinkWorld t({}, 1, limits);
    ServerSetup server = small_server();
    server.service.limits.upgrade_bytes_max = 0xFFFF;
    t.serve(server);
    const std::string basic = "Basic " + std::string((limits.credential_bytes_max + 2U) / 3U * 4U, 'A');
    const std::string other(limits.upgrade_bytes_max / 2U, 'x');
    t.protocol.attempt = [&](UpgradeExtras& extras) -> Result<void> {
      if (auto added = extras.add_header("Authorization", basic); !added) return added;
      return extras.add_header("X-Other", other);
    };
    EXPECT(t.connect_and_wait(), "ready");
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_head_of_the_101_is_told),
      cmocka_unit_test(a_credential_of_the_largest_size_goes_into_the_upgrade_in_base64_beside_other_headers),
      cmocka_unit_test(what_the_101_does_not_say_is_empty),
      cmocka_unit_test(a_keepalive_learned_from_the_peer_is_of_its_line_alone),
      cmocka_unit_test(a_message_limit_learned_from_the_peer_is_of_its_line_alone),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
