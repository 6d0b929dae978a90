#pragma once
// An agent-gate client and a scripted server on one simulated world.

#include <kedge/agent_gate.hpp>

#include "support/gate_server.hpp"
#include "support/world.hpp"

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

class GateWorld : public World<agent_gate::Client, GateServer> {
 public:
  explicit GateWorld(std::uint64_t seed = 1, agent_gate::Limits limits_in = agent_gate::Limits::small(),
                     ClientConfig client_config = {}, agent_gate::Config config = {})
      : World("gateway", "let-me-in", seed, limits_in, agent_gate::storage_bytes(limits_in)) {
    watch(client_config);
    config.client = std::move(client_config);
    config.on_unclaimed_row = [this](const agent_gate::ResultRow& row) noexcept {
      unclaimed.push_back({std::string(row.request_id), std::string(row.tool), std::string(row.args),
                           std::string(row.status), std::string(row.result), row.bytes, row.too_large});
    };
    client.emplace(port, std::move(config), limits_in, storage);
    ServerSetup server_config;
    server_config.service.connections_max = 8;
    server_config.service.limits = Limits::host();
    server_config.service.limits.outbound_bytes = 4 * 1024 * 1024;
    server_config.service.limits.outbound_message_bytes_max = 4 * 1024 * 1024;
    serve(server_config);
  }
  ~GateWorld() { end(); }

  /// Connected, and the first poll over.
  void connect() {
    World::connect();
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

  GateServer& gate = service;
  bool inside_call = false;
  std::vector<Ended> ended;
  std::vector<KeptRow> unclaimed;
};

}  // namespace kedge::test
