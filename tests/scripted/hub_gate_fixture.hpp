#pragma once
// The agent-gate stand-in on a simulated world, and agents that connect to it by hand.

#include "hub/agent_gate/gate.hpp"
#include "raw_agent.hpp"
#include "support/server.hpp"

#include <memory>

namespace kedge::test {

inline constexpr std::string_view gate_token = "correct horse";
inline constexpr std::string_view gate_policy = R"({
  "policy": [
    {"tool": "ask_*", "decision": "ask"},
    {"tool": "deny_*", "decision": "deny"},
    {"tool": "*", "decision": "allow"}
  ],
  "tools": [
    {"name": "read", "description": "reads", "result": {"state": 21.50, "big": 12345678901234567890}},
    {"name": "echo", "echo": true},
    {"name": "slow", "delay_ms": 5000, "result": {"slow": true}},
    {"name": "broken", "error": "Execution failed: boom"},
    {"name": "broken_later", "error": "Execution failed: boom", "delay_ms": 5000},
    {"name": "silent", "habit": "silent"},
    {"name": "twice", "habit": "twice"},
    {"name": "wrong_id", "habit": "wrong_id"},
    {"name": "text_id", "habit": "text_id"},
    {"name": "both", "habit": "both"},
    {"name": "cut", "habit": "cut"},
    {"name": "reverse", "echo": true, "reverse": 3},
    {"name": "large", "result_bytes": 1000},
    {"name": "nan", "spelling": "nan"},
    {"name": "infinity", "spelling": "infinity"},
    {"name": "surrogate", "spelling": "surrogate"},
    {"name": "null_beside", "spelling": "null_beside"},
    {"name": "null_beside_error", "spelling": "null_beside", "error": "no"},
    {"name": "id_first", "spelling": "id_first"},
    {"name": "deep", "spelling": "deep"},
    {"name": "ask_me", "result": {"asked": true}},
    {"name": "ask_cut", "habit": "cut"},
    {"name": "ask_slowly", "delay_ms": 1000, "result": {"asked": "slowly"}}
  ]
})";

/// An answer that is an error.
inline std::string error(int code, std::string_view message, std::string_view id = "1") {
  return R"({"jsonrpc":"2.0","error":{"code":)" + std::to_string(code) + R"(,"message":")" +
         std::string(message) + R"("},"id":)" + std::string(id) + "}";
}

/// An answer with a result's data.
inline std::string executed(std::string_view data, std::string_view id = "1") {
  return R"({"jsonrpc":"2.0","result":{"status":"executed","data":)" + std::string(data) + R"(},"id":)" +
         std::string(id) + "}";
}

/// The answer to `GateWorld::pending` when there is nothing.
inline constexpr std::string_view no_rows = R"({"jsonrpc":"2.0","result":{"results":[]},"id":99})";

/// The tests' policy on an older server.
inline hub::agent_gate::Config older() {
  hub::agent_gate::Config config = hub::agent_gate::read_config(gate_policy);
  config.generation = hub::agent_gate::Generation::older;
  return config;
}

/// The hub's own, with less room for what goes out: each test clears it anew.
inline ServerSetup roomy_enough() {
  ServerSetup config{.server = {.refusals_max = 4}, .service = hub::agent_gate::gate_service_config()};
  config.service.limits.outbound_message_bytes_max = 2 * 1024 * 1024;
  config.service.limits.outbound_bytes = 2 * 1024 * 1024;
  return config;
}

class GateWorld {
 public:
  explicit GateWorld(hub::agent_gate::Config config = hub::agent_gate::read_config(gate_policy),
                     ServerSetup server_config = roomy_enough())
      : gate(std::move(config), gate_token) {
    services[0] = &gate;
    server = std::make_unique<TestServer>(
        port, listener, nullptr, server_config, services, [this](const LogRecord& record) noexcept {
          logged += std::string(record.event) + ": " + std::string(record.message) + "\n";
        });
    gate.attach(*server);
    EXPECT(server->listen(address).ok(), "the simulated server to listen");
  }
  std::unique_ptr<RawAgent> dial() {
    auto agent = std::make_unique<RawAgent>(world, address);
    EXPECT(world.run_until([&] { return agent->connected; }, std::chrono::seconds{1}), "a TCP connection");
    return agent;
  }
  std::unique_ptr<RawAgent> open() {
    auto agent = dial();
    agent->raw(RawAgent::upgrade_request());
    EXPECT(world.run_until([&] { return agent->status() == 101; }, std::chrono::seconds{1}), "a 101");
    world.run_for(std::chrono::milliseconds{10});
    return agent;
  }
  /// Sends and gives the last message that came within `wait`, or nothing.
  std::string ask(RawAgent& agent, std::string_view message, Duration wait = std::chrono::milliseconds{20}) {
    const std::size_t before = agent.messages.size();
    agent.text(message);
    world.run_for(wait);
    return agent.messages.size() > before ? agent.messages.back() : std::string();
  }
  std::string tool(RawAgent& agent, std::string_view name, std::string_view id = "1",
                   std::string_view args = "{}") {
    return ask(agent, R"({"jsonrpc":"2.0","method":"tool_request","params":{"tool":")" + std::string(name) +
                          R"(","args":)" + std::string(args) + R"(},"id":)" + std::string(id) + "}");
  }
  std::string pending(RawAgent& agent) {
    return ask(agent, R"({"jsonrpc":"2.0","method":"get_pending_results","params":{},"id":99})");
  }
  std::string authenticate(RawAgent& agent, std::string_view token = gate_token) {
    return ask(agent, R"({"jsonrpc":"2.0","method":"auth","params":{"token":")" + std::string(token) +
                          R"("},"id":"auth-1"})");
  }
  /// Connected and authenticated.
  std::unique_ptr<RawAgent> agent() {
    auto agent = open();
    EXPECT_TEXT(authenticate(*agent),
                R"({"jsonrpc":"2.0","result":{"status":"authenticated"},"id":"auth-1"})");
    return agent;
  }

  Address address = sim::ipv4(10, 0, 0, 1, 80);
  sim::World world{1};
  sim::Port port{world};
  sim::Listener listener{world};
  hub::agent_gate::Gate gate;
  std::string logged;  // "event: message" a line
  server::Service* services[1] = {};
  std::unique_ptr<TestServer> server;
};

}  // namespace kedge::test
