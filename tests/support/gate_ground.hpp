#pragma once
// What the scenarios of the agent-gate protocol stand on.

#include "hub/agent_gate/gate.hpp"
#include "support/ground.hpp"

#include <kedge/agent_gate.hpp>

namespace kedge::test {

using hub::agent_gate::Generation;
using GateConfig = hub::agent_gate::Config;

/// A request for a tool, or a question.
struct ToolEnding : Ending {
  std::string tool;  ///< empty: no tool was asked for
  std::string args;
  std::string data;
};

class Agent;

struct AgentGate {
  using StandIn = hub::agent_gate::Gate;
  using Config = GateConfig;
  using Client = agent_gate::Client;
  using Party = Agent;
  using Ending = ToolEnding;
  static constexpr std::string_view token = "correct horse";
  static constexpr bool one_at_a_time = true;

  static std::unique_ptr<StandIn> make_stand_in(Config config) {
    return std::make_unique<StandIn>(std::move(config), token);
  }
  static std::vector<server::Service*> services(StandIn& gate) { return {&gate}; }
  static ServerSetup server_config() {
    return {.server = {}, .service = hub::agent_gate::gate_service_config()};
  }
  static bool turned_away(StandIn& gate, const Agent& agent);
  /// A human says yes to what is asked.
  static void help(StandIn& gate) {
    while (!gate.approvals().empty()) (void)gate.approve(gate.approvals().front().id);
  }
  static std::size_t done(StandIn& gate) { return gate.executions().size(); }
  static void expect_sensible(const Agent&, const Ending& ending) {
    if (!ending.error && !ending.tool.empty()) EXPECT_TEXT(ending.data, own_result(ending));
    if (!sensible(ending)) print_error("%s: %s\n", ending.tool.c_str(), ending.error.message().data());
    EXPECT(sensible(ending), "an error that the failure explains");
  }

 private:
  static bool sensible(const Ending& ending) {
    switch (ending.error.kind()) {
      case ErrorKind::none:
      case ErrorKind::closed:
      case ErrorKind::timeout:
        return true;
      case ErrorKind::denied:
        return ending.tool == "ask_me" || ending.tool == "deny_this";
      case ErrorKind::remote:  // also when the server's random source fails
        return ending.error.code() == agent_gate::code::execution_failed;
      case ErrorKind::connection:  // a question on a line that was lost
        return ending.tool.empty();
      default:
        return false;
    }
  }
  static std::string own_result(const Ending& ending) {
    if (ending.tool == "read") return R"({"state":21.5})";
    if (ending.tool == "ask_me") return R"({"asked":true})";
    return ending.tool == "cut" || ending.tool == "ask_cut" ? "{}" : ending.args;
  }
};

struct AgentOptions {
  std::size_t number = 0;
  Duration deadline = std::chrono::minutes{1};  ///< of requests
  agent_gate::Limits limits = agent_gate::Limits::small();
  std::function<void(agent_gate::Config&)> change = nullptr;
};

class Agent final : public Party<AgentGate> {
 public:
  explicit Agent(Ground<AgentGate>& on, const AgentOptions& options = {}, bool connect = true)
      : Party(on, options.number, agent_gate::storage_bytes(options.limits)), deadline(options.deadline) {
    agent_gate::Config config;
    set_up(config.client);
    config.on_unclaimed_row = [this](const agent_gate::ResultRow& row) noexcept {
      unclaimed.emplace_back(row.request_id);
    };
    config.poll_interval_min = std::chrono::milliseconds{20};
    config.poll_interval_max = std::chrono::milliseconds{100};
    if (options.change) options.change(config);
    client = std::make_unique<agent_gate::Client>(port(), std::move(config), options.limits, storage());
    if (connect) start();
  }
  ~Agent() { end(); }

  /// The completion for one more request.
  Completion completion(std::string_view tool = {}, std::string_view args = {}) {
    ToolEnding* ending = &begin(deadline);
    ending->tool = tool;
    ending->args = args;
    return [this, ending](const Outcome& outcome) noexcept {
      over(*ending, outcome.error);
      ending->data = outcome.text();
    };
  }
  /// What became of the request that `completion()` was made for last.
  ToolEnding& taken(const Result<Handle>& started) {
    if (!started) endings.pop_back();
    EXPECT_ON(ground(), started.ok(), "the request to be taken");
    return endings.back();
  }
  ToolEnding& call(std::string_view tool, std::string_view args = "{}") {
    agent_gate::RequestOptions options;
    options.deadline = deadline;
    return taken(client->tool_request(tool, args, completion(tool, args), options));
  }
  void expect_data(const ToolEnding& ending, std::string_view data) {
    wait(ending);
    if (ending.error || ending.data != data) ground().unmet("the tool's result");
    EXPECT_TEXT(ending.error.message(), "");
    EXPECT_TEXT(ending.data, data);
    EXPECT(ending.times == 1, "one completion");
  }

  const Duration deadline;  ///< of each request
  std::vector<std::string> unclaimed;
};

inline bool AgentGate::turned_away(StandIn& gate, const Agent& agent) {
  return gate.agent_authenticated() && agent.client->last_error().layer_code() == 4000;
}

/// The gate's policy and tools for all scenarios.
inline GateConfig gate_config(Generation generation = Generation::newer) {
  using hub::Habit;
  using hub::agent_gate::Decision;
  using hub::agent_gate::Tool;
  GateConfig config;
  config.generation = generation;
  config.requests_per_minute = 0;
  config.policy.add("ask_*", Decision::ask);
  config.policy.add("deny_*", Decision::deny);
  config.policy.add("*", Decision::allow);
  const auto add = [&config](std::string_view name, std::string_view result = "{}") -> Tool& {
    Tool& tool = config.tools.emplace_back();
    tool.name = name;
    tool.result = result;
    return tool;
  };
  add("read", R"({"state":21.5})");
  add("ask_me", R"({"asked":true})");
  add("echo").echo = true;
  add("broken").error = "Execution failed: boom";
  add("silent").habit = Habit::silent;
  add("cut").habit = Habit::cut;
  add("ask_cut").habit = Habit::cut;
  Tool& reverse = add("reverse");
  reverse.echo = true;
  reverse.reverse = 64;
  return config;
}

}  // namespace kedge::test
