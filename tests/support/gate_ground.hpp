#pragma once
// What a scenario of the agent-gate protocol stands on: a world (simulated, or libuv and TLS) with the hub's
// gate in it, and agents - real clients - that connect to it.

#include "hub/agent_gate/gate.hpp"

#include <kedge/agent_gate.hpp>

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "support/cmocka.hpp"

namespace kedge::test {

using hub::agent_gate::CutKind;
using hub::agent_gate::Gate;
using hub::agent_gate::Generation;
using GateConfig = hub::agent_gate::Config;

inline constexpr std::string_view gate_token = "correct horse";

/// A client's port and what it needs to reach the gate.
struct Way {
  Port* port = nullptr;
  TlsLayer* tls = nullptr;
  std::string url;
};

class Agent;

class Ground {
 public:
  virtual ~Ground() = default;
  /// For agent 0 or 1; each has a port of its own.
  virtual Way way(std::size_t agent) = 0;
  virtual Gate& gate() = 0;
  /// Lets time pass until `done`; false when the ground's patience (far more than any scenario needs) is at
  /// its end.
  virtual bool run_until(const std::function<bool()>& done) = 0;

  /// What a scenario expects does not hold. Returns where that is a failure; a ground that disturbed the
  /// scenario throws and so ends it, as only the promises below hold there whatever happens.
  virtual void unmet(const char*) {}
  /// The scenario is done with the agent, which is closed next.
  virtual void before_close(Agent&) {}
  /// The agent is closed, since `length` after close() was called.
  virtual void after_close(Agent&, Duration) {}
};

/// Fails with a sentence that says what the scenario expected, unless the ground disturbed it.
#define EXPECT_ON(ground, condition, what)             \
  do {                                                 \
    const bool condition_holds = (condition);          \
    if (!condition_holds) (ground).unmet(what);        \
    EXPECT(condition_holds, what " (" #condition ")"); \
  } while (false)

/// A request, and how it ended.
struct Ending {
  std::string tool;  ///< empty: no tool was asked for
  std::string args;
  Instant started, ended;
  int times = 0;
  int times_after_closed = 0;
  int place = -1;  ///< among the agent's endings, from 0
  Error error;
  std::string data;
};

struct AgentOptions {
  std::size_t number = 0;
  Duration deadline = std::chrono::minutes{1};  ///< of requests
  Limits limits = Limits::small();
  std::function<void(agent_gate::Config&)> change = nullptr;
};

/// A client whose times are short, and what became of its requests. Closed at the end, and every request with
/// it.
class Agent {
  Ground& ground_;
  std::vector<std::byte> storage_;  // outlives the client, which is destroyed in it

 public:
  explicit Agent(Ground& ground, const AgentOptions& options = {}, bool connect = true)
      : ground_(ground),
        storage_(storage_bytes(options.limits)),
        number(options.number),
        deadline(options.deadline),
        port_(*ground.way(options.number).port) {
    const Way way = ground.way(options.number);
    agent_gate::Config config;
    config.client.url = way.url;
    config.client.tls = way.tls;
    config.client.credentials = [this](Secret& secret) noexcept { return secret.assign(token); };
    config.client.on_state = [this](LinkState state, const Error& error) noexcept {
      states.push_back(state);
      times.push_back(port_.now());
      if (error) errors.push_back(error);
    };
    // Long enough that a machine that stalls finds the client still offline where a scenario says so.
    config.client.backoff = {std::chrono::milliseconds{100}, std::chrono::milliseconds{200}, Jitter::equal};
    config.client.fatal_retry_interval = std::chrono::milliseconds{40};
    config.client.close_timeout = std::chrono::seconds{1};
    config.on_unclaimed_row = [this](const agent_gate::ResultRow& row) noexcept {
      unclaimed.emplace_back(row.request_id);
    };
    config.poll_interval_min = std::chrono::milliseconds{20};
    config.poll_interval_max = std::chrono::milliseconds{100};
    if (options.change) options.change(config);
    client = std::make_unique<agent_gate::Client>(*way.port, std::move(config), options.limits, storage_);
    if (connect) EXPECT(client->connect().ok(), "the client to start");
  }
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;
  ~Agent() { end(); }

  void end() {
    ground_.before_close(*this);
    const Instant begin = port_.now();
    client->close();
    EXPECT(ground_.run_until([this] { return client->state() == LinkState::closed; }), "the client to close");
    for (const Ending& ending : endings) {
      EXPECT(ending.times == 1, "each request to have completed once");
      EXPECT(ending.times_after_closed == 0, "nothing to complete after closed");
    }
    const Statistics statistics = client->statistics();
    EXPECT(statistics.pending == 0 && statistics.queued == 0, "a closed client to hold nothing");
    ground_.after_close(*this, port_.now() - begin);
  }
  /// The completion for one more request.
  Completion completion(std::string_view tool = {}, std::string_view args = {}) {
    Ending* ending = &endings.emplace_back();
    ending->tool = tool;
    ending->args = args;
    ending->started = port_.now();
    return [this, ending](const Outcome& outcome) noexcept {
      ++ending->times;
      if (!states.empty() && states.back() == LinkState::closed) ++ending->times_after_closed;
      ending->ended = port_.now();
      ending->place = completed++;
      ending->error = outcome.error;
      ending->data = outcome.text();
    };
  }
  /// What became of the request that `completion()` was made for last.
  Ending& taken(const Result<Handle>& started) {
    if (!started) endings.pop_back();
    EXPECT_ON(ground_, started.ok(), "the request to be taken");
    return endings.back();
  }
  Ending& call(std::string_view tool, std::string_view args = "{}") {
    agent_gate::RequestOptions options;
    options.deadline = deadline;
    return taken(client->tool_request(tool, args, completion(tool, args), options));
  }
  void wait(const Ending& ending) {
    EXPECT_ON(ground_, ground_.run_until([&] { return ending.times > 0; }), "the request to end");
  }
  /// Until it has come to pass: on a machine that stalls, a short wait begins and ends in one turn of the
  /// loop.
  void wait(LinkState state) {
    const std::size_t before = states.size();
    const auto entered = [&] {
      return client->state() == state || std::find(states.begin() + static_cast<std::ptrdiff_t>(before),
                                                   states.end(), state) != states.end();
    };
    EXPECT_ON(ground_, ground_.run_until(entered), "the state");
  }
  void expect_data(const Ending& ending, std::string_view data) {
    wait(ending);
    if (ending.error || ending.data != data) ground_.unmet("the tool's result");
    EXPECT_TEXT(ending.error.message(), "");
    EXPECT_TEXT(ending.data, data);
    EXPECT(ending.times == 1, "one completion");
  }
  void expect_error(const Ending& ending, ErrorKind kind, std::int32_t code) {
    wait(ending);
    if (ending.error.kind() != kind || ending.error.code() != code) ground_.unmet("the server's error");
    EXPECT_TEXT(to_string(ending.error.kind()), to_string(kind));
    EXPECT(ending.error.code() == code, "the protocol's own code");
    EXPECT(ending.times == 1, "one completion");
  }

  const std::size_t number;
  const Duration deadline;  ///< of each request
  /// For the next attempt.
  std::string token{gate_token};
  std::deque<Ending> endings;  // a deque: completions point into it
  int completed = 0;
  std::vector<LinkState> states;
  std::vector<Instant> times;  ///< of the states
  std::vector<Error> errors;
  std::vector<std::string> unclaimed;
  std::unique_ptr<agent_gate::Client> client;

 private:
  Port& port_;
};

/// The gate's policy and tools for all scenarios.
inline GateConfig gate_config(Generation generation = Generation::newer) {
  using hub::agent_gate::Decision;
  using hub::agent_gate::Habit;
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

/// The hub's limits, less of them: scenarios send little, and each makes a server. `message_bytes`: the
/// largest message that it takes.
inline hub::ServerConfig small_gate_server(std::uint32_t message_bytes = 64 * 1024) {
  hub::ServerConfig config = hub::agent_gate::gate_server_config();
  config.connections_max = 4;
  config.refusals_max = 2;
  config.message_buffers = 2;
  config.connection.limits.inbound_message_bytes_max = message_bytes;
  config.connection.limits.outbound_bytes = 2 * message_bytes;
  config.connection.limits.outbound_message_bytes_max = 2 * message_bytes;
  config.connection.limits.outbound_messages_max = 256;
  config.connection.close_timeout = std::chrono::milliseconds{500};
  return config;
}

}  // namespace kedge::test
