#pragma once
// A simulated ground on which one call of a port fails, and what must hold there all the same.

#include "sim_ground.hpp"

#include <array>
#include <string>

namespace kedge::test {

/// The scenario went another way than without the failure; the promises were kept so far.
struct Disturbed {};

/// Whose call fails.
enum class Caller : std::uint8_t {
  agent,         ///< the agent's port
  second_agent,  ///< the other agent's
  server,        ///< the server's port: its timer and randomness
  line,          ///< the server's end of the agents' lines
};
inline constexpr std::array<const char*, 4> caller_names = {"the agent", "the second agent", "the server",
                                                            "the server's line"};
inline constexpr std::array<const char*, sim::call_kinds> call_names = {"read",    "write",  "connect",
                                                                        "resolve", "random", "arm"};

/// What the user does when it has failed.
enum class User : std::uint8_t {
  waits,   ///< until everything is well again
  closes,  ///< the client, in the turn of the failure
};

/// Which call fails, once.
struct Failure {
  User user = User::waits;
  Caller caller = Caller::agent;
  sim::Call call = sim::Call::read;
  std::uint64_t nth = 0;  ///< from 1; 0: none

  [[nodiscard]] std::string text() const {
    return std::string(call_names[static_cast<std::size_t>(call)]) + " number " + std::to_string(nth) +
           " of " + caller_names[static_cast<std::size_t>(caller)] + " fails and the user " +
           (user == User::waits ? "waits" : "closes");
  }
};

class FailingGround final : public SimGround {
 public:
  FailingGround(GateConfig config, bool tls, const Failure& failure)
      : SimGround(std::move(config), tls), failure_(failure) {
    calls().fail_nth(failure.call, failure.nth);
  }
  [[nodiscard]] sim::Calls& calls_of(Caller caller) {
    switch (caller) {
      case Caller::agent:
        return client_ports[0].calls();
      case Caller::second_agent:
        return client_ports[1].calls();
      case Caller::server:
        return server_port.calls();
      case Caller::line:
        break;
    }
    return listener.calls();
  }
  [[nodiscard]] bool failed() { return calls().failures() > 0; }

  Way way(std::size_t agent) override {
    two_agents_ = two_agents_ || agent > 0;
    return SimGround::way(agent);
  }
  bool run_until(const std::function<bool()>& done) override {
    const bool watch = failure_.user == User::closes && !closing_;
    return SimGround::run_until([&] { return done() || (watch && failed()); }) && done();
  }
  // Before the failure, and when there was none, everything the scenario says must hold.
  void unmet(const char*) override {
    if (failed()) throw Disturbed{};
  }
  /// What was under way comes to an end of its own, and the line comes back.
  void before_close(Agent& agent) override {
    closing_ = true;
    if (failure_.user == User::closes && failed()) return;
    agent.token = gate_token;
    const LinkState state = agent.client->state();
    if (state == LinkState::idle || state == LinkState::closing || state == LinkState::closed) return;
    EXPECT(run_until([&] { return all_over(agent); }), "each request to end by its deadline");
    EXPECT(run_until([&] { return settled(agent); }), "the client to come back");
    if (!two_agents_) expect_short_absences(agent);
  }
  void after_close(Agent& agent, Duration length) override {
    EXPECT(length <= close_timeout + late, "close() to end in time");
    EXPECT(client_ports[agent.number].idle(), "a closed client to leave its port idle");
    for (const Ending& ending : agent.endings) expect_ending(agent, ending);
    EXPECT(gate().executions().size() <= calls_of_tools_ + agent.endings.size(), "no tool to have run twice");
    calls_of_tools_ += agent.endings.size();
  }
  /// The server's own end, after the agents'.
  void shut_down() {
    bool gone = false;
    server->shut_down([&gone]() noexcept { gone = true; });
    EXPECT(run_until([&gone] { return gone; }), "the server to shut down");
    EXPECT(server->connection_count() == 0, "a server that is down to have no connection");
    world.run_for(std::chrono::seconds{1});
    EXPECT(world.connections() == 0, "no connection to be left");
  }

 private:
  static constexpr Duration late = std::chrono::seconds{1};  ///< of a timer that fails
  static constexpr Duration close_timeout = std::chrono::seconds{1};
  /// A call that fails is noticed at once, no stage has to time out: the waits between a few attempts.
  static constexpr Duration absence_max = std::chrono::seconds{1} + late;

  [[nodiscard]] sim::Calls& calls() { return calls_of(failure_.caller); }
  // A human says yes to what is asked.
  bool all_over(const Agent& agent) {
    while (!gate().approvals().empty()) (void)gate().approve(gate().approvals().front().id);
    return std::all_of(agent.endings.begin(), agent.endings.end(),
                       [](const Ending& ending) { return ending.times > 0; });
  }
  // Ready, or turned away by the other one who is.
  bool settled(const Agent& agent) {
    if (agent.client->state() == LinkState::ready) return true;
    return two_agents_ && gate().agent_authenticated() && agent.client->last_error().layer_code() == 4000;
  }
  static void expect_short_absences(const Agent& agent) {
    Instant gone = agent.times.front();
    for (std::size_t i = 1; i < agent.states.size(); ++i) {
      const bool ready = agent.states[i] == LinkState::ready;
      if (ready) EXPECT(agent.times[i] - gone <= absence_max, "the client to be ready again in time");
      if (agent.states[i - 1] == LinkState::ready) gone = agent.times[i];
    }
  }
  static void expect_ending(const Agent& agent, const Ending& ending) {
    EXPECT(ending.ended - ending.started <= agent.deadline + late, "a request to end by its deadline");
    if (!ending.error && !ending.tool.empty()) EXPECT_TEXT(ending.data, own_result(ending));
    if (!sensible(ending)) print_error("%s: %s\n", ending.tool.c_str(), ending.error.message().data());
    EXPECT(sensible(ending), "an error that the failure explains");
  }
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

  const Failure failure_;
  bool two_agents_ = false;
  bool closing_ = false;
  std::size_t calls_of_tools_ = 0;
};

}  // namespace kedge::test
