// What the core alone can do: a line over a simulated network comes to its upgrade, which is answered with a
// hash, and a machine without a port is told so.

#include <kedge/btp.hpp>
#include <kedge/port_none.hpp>
#include <kedge/sim/websocket_peer.hpp>

#include <chrono>
#include <cstdio>

using namespace kedge;
using namespace std::chrono_literals;

static btp::Storage<Limits::tiny()> storage;
static btp::Storage<Limits::tiny()> other_storage;

static btp::Config configuration() {
  btp::Config config;
  config.client.url = "ws://connector.example/";
  config.client.credentials = [](Secret& secret) noexcept { return secret.assign("secret"); };
  return config;
}

int main() {
  sim::World world(7);
  sim::WebSocketPeer connector(world);
  sim::Port port(world);
  btp::Client client(port, configuration(), storage);
  if (!connector.listen(sim::ipv4(10, 0, 0, 1, 80), "connector.example") || !client.connect().ok()) return 1;
  world.run_for(1s);
  // Its first message goes out when the hash in the answer to its upgrade was the right one.
  if (client.state() != LinkState::authenticating || connector.latest()->messages().size() != 1) return 2;
  client.close();
  world.run_for(1min);
  if (!port.idle()) return 3;

  none::Port nothing;
  btp::Client nowhere(nothing, configuration(), other_storage);
  if (!nowhere.connect().ok()) return 4;
  nowhere.close();
  std::puts("upgraded, authenticating, closed");
  return 0;
}
