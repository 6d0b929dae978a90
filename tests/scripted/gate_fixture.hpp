#pragma once
// An agent-gate client and a scripted server on one simulated world.

#include <kedge/agent_gate.hpp>
#include <kedge/port_sim.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/gate_server.hpp"

namespace kedge::test {

/// A result as the server gives it, in an answer or a row.
inline constexpr const char* executed = R"({"status":"executed","data":{"ok":true}})";

struct Ended {
  Handle handle;
  Error error;
  std::string text;
  Instant when;
};
struct KeptRow {
  std::string request_id, tool, args, status, result;
  std::uint64_t bytes;
  bool too_large;
};

class GateWorld {
 public:
  explicit GateWorld(std::uint64_t seed = 1, Limits limits_in = Limits::small(),
                     ClientConfig client_config = {}, agent_gate::Config config = {})
      : world(seed), limits(limits_in), storage(storage_bytes(limits)) {
    const Address addresses[] = {sim::ipv4(10, 0, 0, 1)};
    world.set_name("gateway", addresses);
    client_config.url = "ws://gateway/";
    client_config.credentials = [this](Secret& secret) noexcept { return secret.assign(token); };
    client_config.on_state = [this](LinkState state, const Error& error) noexcept {
      states.push_back(state);
      if (error) errors.push_back(error);
    };
    client_config.log = [this](const LogRecord& record) noexcept {
      log.emplace_back(std::string(record.event) + ": " + std::string(record.message));
    };
    config.client = std::move(client_config);
    config.on_unclaimed_row = [this](const agent_gate::ResultRow& row) noexcept {
      unclaimed.push_back({std::string(row.request_id), std::string(row.tool), std::string(row.args),
                           std::string(row.status), std::string(row.result), row.bytes, row.too_large});
    };
    client.emplace(port, std::move(config), limits, storage);
    hub::ServerConfig server_config;
    server_config.connections_max = 8;
    server_config.connection.limits = Limits::host();
    server_config.connection.limits.outbound_bytes = 4 * 1024 * 1024;
    server_config.connection.limits.outbound_message_bytes_max = 4 * 1024 * 1024;
    services[0] = &gate;
    server =
        std::make_unique<hub::Server>(server_port, listener, nullptr, server_config, services, LogHook{});
    EXPECT(server->listen(sim::ipv4(10, 0, 0, 1, 80)).ok(), "the simulated server to listen");
  }
  ~GateWorld() {
    client->close();
    run(std::chrono::seconds{20});
    EXPECT(client->state() == LinkState::closed || client->state() == LinkState::idle,
           "the client to be closed");
    for (const auto& line : log)
      EXPECT(line.find("let-me-in") == std::string::npos, "no token in a log line");
  }

  void run(Duration length) { world.run_for(length); }
  bool until(LinkState state, Duration bound = std::chrono::minutes{2}) {
    return world.run_until([&] { return client->state() == state; }, bound);
  }
  /// Connected, and the first poll over.
  void connect() {
    EXPECT(client->connect().ok(), "connect to be accepted");
    EXPECT(until(LinkState::ready), "the client to be ready");
    run(std::chrono::seconds{1});
  }
  Completion completion() {
    return [this](const Outcome& outcome) noexcept {
      EXPECT(!inside_call, "no completion inside the call");
      ended.push_back({outcome.request, outcome.error, std::string(outcome.text()), world.now()});
    };
  }
  Result<Handle> ask(std::string_view tool, std::string_view args = "{}",
                     const agent_gate::RequestOptions& options = {}) {
    inside_call = true;
    auto handle = client->tool_request(tool, args, completion(), options);
    inside_call = false;
    return handle;
  }
  bool all_ended(std::size_t count, Duration bound = std::chrono::minutes{20}) {
    return world.run_until([&] { return ended.size() >= count; }, bound);
  }
  bool logged(std::string_view words) const {
    for (const auto& line : log) {
      if (line.find(words) != std::string::npos) return true;
    }
    return false;
  }
  /// Cuts the line abruptly and waits until the client has noticed.
  void cut() {
    EXPECT(port.cut(sim::Cut::reset), "a line to cut");
    EXPECT(world.run_until([&] { return client->state() == LinkState::waiting; }, std::chrono::minutes{1}),
           "the client to notice the cut");
  }

  sim::World world;
  Limits limits;
  std::string token = "let-me-in";
  bool inside_call = false;
  std::vector<Ended> ended;
  std::vector<KeptRow> unclaimed;
  std::vector<LinkState> states;
  std::vector<Error> errors;
  std::vector<std::string> log;
  GateServer gate;
  sim::Port server_port{world};
  sim::Listener listener{world};
  hub::Service* services[1] = {};
  std::unique_ptr<hub::Server> server;
  std::vector<std::byte> storage;
  sim::Port port{world};
  std::optional<agent_gate::Client> client;
};

}  // namespace kedge::test
