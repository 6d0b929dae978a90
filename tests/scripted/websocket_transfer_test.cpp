// 8 MiB each way through buffers of 4 KiB, resumed after two cuts: on a straight line, and through a proxy.

#include "proxy_fixture.hpp"
#include "support/transfer.hpp"

#include <kedge/sim/websocket_peer.hpp>

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

/// What the other side has, and says.
struct Peer {
  explicit Peer(sim::World& world) : gateway(world) {
    EXPECT(gateway.listen(sim::ipv4(10, 0, 0, 1, 80)).ok(), "the peer to listen");
    gateway.set_on_message(
        [this](sim::WebSocketConnection& line, const sim::WebSocketMessage& message) noexcept {
          if (!message.binary) return resume(line, std::stoull(message.payload.substr(7)));
          for (const char c : message.payload)
            wrong = wrong || static_cast<std::byte>(c) != Transfer::at(had++);
          if (had == Transfer::bytes) line.send("done");
        });
  }
  void resume(sim::WebSocketConnection& line, std::uint64_t from) {
    line.send("resume " + std::to_string(had));
    std::string rest(static_cast<std::size_t>(Transfer::bytes - from), '\0');
    for (char& c : rest) c = static_cast<char>(Transfer::at(from++));
    if (!rest.empty()) line.send_binary(std::as_bytes(std::span(rest)));
    if (had == Transfer::bytes) line.send("done");
  }
  sim::WebSocketPeer gateway;
  std::uint64_t had = 0;
  bool wrong = false;
};

void run(sim::World& world, ClientConfig config) {
  Peer peer(world);
  sim::Port port(world);
  std::vector<std::byte> storage(websocket::storage_bytes(limits_of_4_kib()));
  Transfer transfer(port, std::move(config), storage);
  EXPECT(transfer.client().connect().ok(), "started");
  for (const std::uint64_t far : {Transfer::bytes / 4, Transfer::bytes / 2}) {
    EXPECT(world.run_until([&] { return peer.had > far && transfer.downloaded() > far; }, 1h), "so far");
    peer.gateway.latest()->cut();
  }
  EXPECT(world.run_until([&] { return transfer.client().state() == LinkState::closed; }, 1h), "the end");
  EXPECT(transfer.good() && peer.had == Transfer::bytes && !peer.wrong, "all of it, each way");
  EXPECT(transfer.resumed() == 3 && peer.gateway.connections() == 3 && !peer.gateway.failure(),
         "three lines");
  EXPECT(transfer.client().statistics().message_bytes_in < Transfer::bytes * 3 / 2,
         "nothing came twice whole");
}

void eight_mib_each_way_survive_two_cuts(void**) {
  sim::World world(7);
  ClientConfig config;
  config.url = "ws://10.0.0.1/";
  run(world, std::move(config));
}

void eight_mib_each_way_survive_two_cuts_behind_a_proxy(void**) {
  sim::World world(7);
  ProxyHost proxy(world);
  run(world, through_proxy());
  EXPECT(proxy.accepted() == 3, "each line through the proxy");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(eight_mib_each_way_survive_two_cuts),
      cmocka_unit_test(eight_mib_each_way_survive_two_cuts_behind_a_proxy),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
