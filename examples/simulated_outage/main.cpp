// A test of your own: an hour with a gateway that takes connections and never says a word, in milliseconds.

#include <kedge/agent_gate.hpp>
#include <kedge/port_sim.hpp>

#include <cstdio>

using namespace kedge;
using namespace std::chrono_literals;

static Storage<Limits::tiny()> storage;

int main() {
  sim::World world(42);  // what is random comes from this seed: the same run each time
  sim::PeerHost gateway(world);
  if (!gateway.listen(sim::ipv4(10, 0, 0, 1, 80))) return 2;
  const Address addresses[] = {sim::ipv4(10, 0, 0, 1)};
  if (!world.set_name("gateway.example", addresses)) return 2;
  sim::Port port(world);

  agent_gate::Config config;
  config.client.url = "ws://gateway.example/";
  config.client.credentials = [](Secret& token) noexcept { return token.assign("token"); };
  agent_gate::Client client(port, std::move(config), Limits::tiny(), storage.bytes());

  int timeouts = 0;
  auto done = [&timeouts](const Outcome& outcome) noexcept {
    if (outcome.error.kind() == ErrorKind::timeout) ++timeouts;
  };
  if (!client.tool_request("get_temperature", "{}", done) || !client.connect()) return 2;
  world.run_for(1h);
  const auto attempts = client.statistics().attempts;
  client.close();
  world.run_for(1min);
  std::printf("%d request timed out, %llu attempts\n", timeouts, static_cast<unsigned long long>(attempts));
  const bool good = timeouts == 1 && attempts >= 50 && attempts <= 400 && port.idle();
  if (!good) world.print_trace();
  return good ? 0 : 1;
}
