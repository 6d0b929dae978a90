// A test of your own: the gateway is down for ten minutes, and what the program had to say meanwhile arrives
// once. The clock is simulated: it takes milliseconds.

#include <kedge/agent_gate.hpp>
#include <kedge/sim/websocket_peer.hpp>

#include <cstdio>

using namespace kedge;
using namespace std::chrono_literals;

static agent_gate::Storage<agent_gate::Limits::tiny()> storage;

/// The program: it is given a port, and knows nothing of the test.
class Thermometer {
 public:
  explicit Thermometer(Port& port) : client_(port, configuration(), storage) {}
  bool start() { return client_.connect().ok(); }
  void report(std::string_view degrees) {
    auto done = [this](const Outcome& outcome) noexcept { reported += outcome.error ? 0 : 1; };
    (void)client_.tool_request("report", degrees, done, {.deadline = 1h});
  }
  void stop() { client_.close(); }
  int reported = 0;

 private:
  static agent_gate::Config configuration() {
    agent_gate::Config config;
    config.client.url = "ws://gateway.example/";
    config.client.credentials = [](Secret& token) noexcept { return token.assign("token"); };
    config.fetch_at_ready = false;
    return config;
  }
  agent_gate::Client client_;
};

/// What a good gateway says: the first message of a connection shows the token, the others are reports.
static void answer(sim::WebSocketConnection& line, const sim::WebSocketMessage& message) noexcept {
  if (line.messages().size() == 1) {
    line.send(R"({"jsonrpc":"2.0","result":{"status":"authenticated"},"id":"auth-1"})");
  } else {
    const std::string id_and_end = message.payload.substr(message.payload.rfind("\"id\":"));
    line.send(R"({"jsonrpc":"2.0","result":{"status":"executed","data":{}},)" + id_and_end);
  }
}

int main() {
  sim::World world(42);  // what is random comes from this seed: the same run each time
  sim::WebSocketPeer gateway(world);
  gateway.set_on_message(answer);
  sim::Port port(world);
  Thermometer program(port);
  if (!gateway.listen(sim::ipv4(10, 0, 0, 1, 80), "gateway.example") || !program.start()) return 2;
  world.run_for(1min);

  gateway.otherwise(sim::Reception::refuse(503).with_header("Retry-After", "20"));
  gateway.latest()->cut();
  world.run_for(5min);
  program.report(R"({"degrees":21.5})");
  world.run_for(5min);
  const std::size_t refused = gateway.connections() - 1;
  gateway.otherwise(sim::Reception::accept());
  world.run_for(1min);
  program.stop();
  world.run_for(1min);

  std::printf("%zu attempts refused, %d report arrived\n", refused, program.reported);
  const auto& last = *gateway.latest();
  const bool good = refused >= 15 && refused <= 30 && program.reported == 1 && last.messages().size() == 2 &&
                    last.close_code() == 1000 && !gateway.failure() && port.idle();
  if (!good) world.print_trace();
  return good ? 0 : 1;
}
