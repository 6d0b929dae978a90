// kedge-hub's gate with an agent and an operator: what they say is a script, a line each.
//   aMESSAGE: the agent sends a text; rBYTES: it sends raw bytes; d: another agent dials; tN: time goes on;
//   oMETHOD PATH [HOW-OR-AFTER [HOST [ORIGIN]]]: the operator asks.
#include "hub/agent_gate/gate_operator.hpp"
#include "hub/operator_routes.hpp"
#include "program/loopback.hpp"

#include "../../support/server.hpp"
#include "../fuzz.hpp"
#include "../wire_end.hpp"

#include <memory>

using namespace kedge;
using namespace kedge::fuzz;
using namespace kedge::hub;

namespace {

constexpr std::string_view policy = R"({
  "policy": [{"tool": "ask_*", "decision": "ask"}, {"tool": "deny_*", "decision": "deny"}, {"tool": "*", "decision": "allow"}],
  "tools": [{"name": "read", "result": {"state": 21.50}}, {"name": "echo", "echo": true}, {"name": "slow", "delay_ms": 5000},
    {"name": "broken", "error": "boom"}, {"name": "silent", "habit": "silent"}, {"name": "twice", "habit": "twice"},
    {"name": "wrong_id", "habit": "wrong_id"}, {"name": "text_id", "habit": "text_id"}, {"name": "both", "habit": "both"},
    {"name": "cut", "habit": "cut"}, {"name": "reverse", "echo": true, "reverse": 2}, {"name": "large", "result_bytes": 1000},
    {"name": "nan", "spelling": "nan"}, {"name": "null", "spelling": "null_beside"}, {"name": "ask_me"}]})";

test::ServerSetup server_setup() {
  test::ServerSetup config{.server = {}, .service = agent_gate::gate_service_config()};
  config.service.connections_max = 2;
  config.server.refusals_max = 1;
  config.service.message_buffers = 2;
  Limits& limits = config.service.limits;
  limits = Limits::small();
  limits.inbound_message_bytes_max = 4096;
  limits.outbound_block_bytes = 1024;
  return config;
}

agent_gate::Config gate_config(bool older) {
  agent_gate::Config config = agent_gate::read_config(policy);
  if (older) config.generation = agent_gate::Generation::older;
  config.approvals_max = 3;
  config.results_max = 4;
  return config;
}

class GateRun {
 public:
  explicit GateRun(std::uint8_t options)
      : world_(
            options,
            {.ports = 1, .hosts = 2, .connections = 6, .buffer_bytes = 32 * 1024, .names = 1, .actions = 1}),
        gate_(gate_config(options % 2U == 1), "token") {
    server_ =
        std::make_unique<test::TestServer>(port_, listener_, nullptr, server_setup(), services_, LogHook{});
    gate_.attach(*server_);
    PROMISE(server_->listen(address_).ok(), "a server that listens");
    dial(options % 4U < 2);
  }
  ~GateRun() {
    server_->shut_down([this]() noexcept { down_ = true; });
    world_.run_for(std::chrono::seconds{30});
    PROMISE(down_ && server_->connection_count() == 0, "a server that was told to go is gone");
  }

  void dial(bool authenticated) {
    agent_.attach(agents_.dial(address_));
    world_.run_for(std::chrono::milliseconds{10});
    agent_.raw(
        "GET / HTTP/1.1\r\nHost: gate\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    world_.run_for(std::chrono::milliseconds{10});
    const bool answered = agent_.head.starts_with("HTTP/1.1 101") || agent_.head.starts_with("HTTP/1.1 503");
    PROMISE(answered || agent_.head.empty(), "a good request is upgraded, or told to come later");
    PROMISE(dials_++ > 0 || agent_.upgraded(), "and the first one there is upgraded");
    if (authenticated) say(R"({"jsonrpc":"2.0","method":"auth","params":{"token":"token"},"id":"auth-1"})");
  }
  void say(std::string_view message) {
    agent_.text(message);
    world_.run_for(std::chrono::milliseconds{10});
    check();
  }
  void say_raw(std::string_view bytes) {
    agent_.raw(bytes);
    world_.run_for(std::chrono::milliseconds{10});
    check();
  }
  void wait(std::uint8_t how_long) {
    world_.run_for(std::chrono::milliseconds{1} * (1U << how_long % 21U));
    check();
  }

  void ask(std::string_view line) {
    Input words(reinterpret_cast<const std::uint8_t*>(line.data()), line.size());
    HttpRequest request;
    request.method = words.until(' ');
    request.path = words.until(' ');
    const std::string_view how = words.until(' ');
    if (!how.empty()) request.query = {{"how", how}, {"after", how}};
    request.host = words.until(' ');
    request.origin = words.rest();
    if (request.host.empty()) request.host = "localhost";
    const std::size_t approvals = gate_.approvals().size();
    const bool connected = gate_.agent_connected();
    const HttpAnswer answer = answer_operator(request, *server_, parts_);
    judge(request, answer);
    const bool acted = answer.status == 200 && request.method == "POST";
    PROMISE(acted || (gate_.approvals().size() == approvals && gate_.agent_connected() == connected),
            "only a POST that succeeds changes anything");
    const bool decided = acted && request.path.starts_with("/approvals/");
    PROMISE(!decided || gate_.approvals().size() + 1 == approvals, "an approval is decided once");
    world_.run_for(std::chrono::milliseconds{10});
    check();
  }

 private:
  static void judge(const HttpRequest& request, const HttpAnswer& answer) {
    const auto body = json::parse(answer.body, 64);
    PROMISE(body && body->is_object(), "each answer is a JSON object");
    constexpr int statuses[] = {200, 400, 403, 404, 405, 409};
    PROMISE(std::find(std::begin(statuses), std::end(statuses), answer.status) != std::end(statuses),
            "of a status that is told");
    PROMISE((answer.status == 405) == !answer.allow.empty(), "405 says what is allowed");
    PROMISE((answer.status == 200) != body->find("error").present(), "and an error has words");
    if (!program::is_loopback_authority(request.host))
      PROMISE(answer.status == 403, "a host that is not loopback is refused");
    if (!request.origin.empty() && !request.origin.starts_with("http://"))
      PROMISE(answer.status == 403, "so is a foreign page");
  }

  void check() {
    const agent_gate::Counters& counters = gate_.counters();
    PROMISE(gate_.approvals().size() <= 3 && gate_.results_kept() <= 4, "tables keep their bounds");
    PROMISE(counters.executions <= counters.tool_requests, "a tool runs at most once for each request");
    PROMISE(counters.denied + counters.approvals_timed_out <= counters.tool_requests, "as is each denied");
    PROMISE(gate_.executions().size() == counters.executions, "each execution is remembered");
    PROMISE(!gate_.agent_authenticated() || gate_.agent_connected(), "who is authenticated is connected");
  }

  const Address address_ = sim::ipv4(10, 0, 0, 1, 80);
  sim::World world_;
  sim::Port port_{world_};
  sim::Listener listener_{world_, 4};
  agent_gate::Gate gate_;
  server::Service* services_[1] = {&gate_};
  agent_gate::GateOperator operator_{gate_};
  OperatorPart* parts_[1] = {&operator_};
  std::unique_ptr<test::TestServer> server_;
  WireEnd agent_{ws::Role::client};
  sim::PeerHost agents_{world_, [this](sim::Peer peer, sim::PeerEvent) noexcept {
                          if (peer == agent_.peer()) agent_.read();
                        }};
  bool down_ = false;
  int dials_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  GateRun run(input.byte());
  for (int i = 0; i < 60 && !input.empty(); ++i) {
    const std::uint8_t letter = input.byte();
    if (letter == 't') {
      run.wait(input.byte());
    } else if (letter == 'd') {
      run.dial(true);
    } else if (letter == 'o') {
      run.ask(input.until('\n'));
    } else if (letter == 'r') {
      run.say_raw(input.until('\n'));
    } else {
      run.say(input.until('\n'));
    }
  }
  return 0;
}
