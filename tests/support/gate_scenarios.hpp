#pragma once
// What the agent-gate page promises, once for every ground.

#include "support/gate_ground.hpp"

#include <string>

namespace kedge::test {

namespace scenario {

// ---- one line

inline void allowed(Ground<AgentGate>& ground) {
  Agent agent(ground);
  agent.expect_data(agent.call("read", R"({"entity_id":"sensor.temp"})"), R"({"state":21.5})");
  EXPECT_ON(ground, ground.stand_in().counters().executions == 1, "one execution");
}

inline void denied_by_policy(Ground<AgentGate>& ground) {
  Agent agent(ground);
  agent.expect_error(agent.call("deny_this"), ErrorKind::denied, agent_gate::code::denied_by_policy);
  EXPECT_ON(ground, ground.stand_in().counters().executions == 0, "no execution");
}

inline void execution_failed(Ground<AgentGate>& ground) {
  Agent agent(ground);
  ToolEnding& ending = agent.call("broken");
  agent.expect_error(ending, ErrorKind::remote, agent_gate::code::execution_failed);
  EXPECT_ON(ground, ending.error.message().find("boom") != std::string_view::npos, "the server's own words");
}

/// Asks for `ask_me` and waits until a human is asked. The approval's id.
inline std::uint64_t ask(Ground<AgentGate>& ground, Agent& agent,
                         std::string_view args = R"({"door":"front"})") {
  const std::size_t before = ground.stand_in().approvals().size();
  agent.call("ask_me", args);
  EXPECT_ON(ground, ground.run_until([&] { return ground.stand_in().approvals().size() == before + 1; }),
            "an approval");
  return ground.stand_in().approvals().back().id;
}

inline void approved(Ground<AgentGate>& ground) {
  Agent agent(ground);
  const std::uint64_t approval = ask(ground, agent);
  EXPECT_ON(ground, agent.endings[0].times == 0, "no completion before the word of a human");
  EXPECT_ON(ground, ground.stand_in().approve(approval), "the approval to be there");
  agent.expect_data(agent.endings[0], R"({"asked":true})");
}

inline void denied_by_user(Ground<AgentGate>& ground) {
  Agent agent(ground);
  EXPECT_ON(ground, ground.stand_in().deny(ask(ground, agent)), "the approval to be there");
  agent.expect_error(agent.endings[0], ErrorKind::denied, agent_gate::code::denied_by_user);
  EXPECT_ON(ground, ground.stand_in().counters().executions == 0, "no execution");
}

inline void approval_timed_out(Ground<AgentGate>& ground) {
  Agent agent(ground);
  agent.expect_error(agent.call("ask_me"), ErrorKind::timeout, agent_gate::code::approval_timeout);
}

inline void reversed_64(Ground<AgentGate>& ground) {
  AgentOptions options;
  options.limits.pending_max = 64;
  Agent agent(ground, options);
  agent.wait(LinkState::ready);
  for (int i = 0; i < 64; ++i) agent.call("reverse", R"({"n":)" + std::to_string(i) + "}");
  const auto refused = agent.client->tool_request("reverse", "{}", [](const Outcome&) noexcept {
    EXPECT(false, "no completion of a request that was refused");
  });
  EXPECT_ON(ground, !refused.ok() && refused.error().kind() == ErrorKind::queue_full,
            "the 65th to be refused at once");
  EXPECT_ON(ground, !refused.error().message().empty(), "words for it");
  agent.wait_for_all(64);
  for (int i = 0; i < 64; ++i) {
    const ToolEnding& ending = agent.endings[static_cast<std::size_t>(i)];
    agent.expect_data(ending, R"({"n":)" + std::to_string(i) + "}");
    EXPECT_ON(ground, ending.place == 63 - i, "answers in reverse order");
  }
  agent.expect_data(agent.call("read"), R"({"state":21.5})");  // there is room again
}

// ---- a line that is lost

/// The line is cut and the agent knows.
inline void cut(Ground<AgentGate>& ground, Agent& agent, CutKind kind = CutKind::abrupt) {
  EXPECT_ON(ground, ground.stand_in().cut_agent(kind), "a line to cut");
  agent.wait(LinkState::waiting);
  EXPECT_ON(ground, !ground.stand_in().agent_connected(), "the agent to be gone");
}

inline void approved_offline(Ground<AgentGate>& ground) {
  Agent agent(ground);
  const std::uint64_t approval = ask(ground, agent);
  cut(ground, agent);
  EXPECT_ON(ground, ground.stand_in().approve(approval) && ground.stand_in().results_kept() == 1,
            "the result to be kept");
  EXPECT_ON(ground, agent.endings[0].times == 0, "nothing to complete while offline");
  agent.expect_data(agent.endings[0], R"({"asked":true})");
  EXPECT_ON(ground, ground.stand_in().executions().size() == 1, "the tool to have run once");
  EXPECT_ON(ground, agent.client->statistics().connects == 2 && ground.stand_in().results_kept() == 0,
            "a reconnect and an empty table");
}

inline void denied_offline(Ground<AgentGate>& ground) {
  Agent agent(ground);
  const std::uint64_t approval = ask(ground, agent);
  cut(ground, agent);
  EXPECT_ON(ground, ground.stand_in().deny(approval), "the approval to outlive the line");
  agent.wait(agent.endings[0]);
  EXPECT_ON(ground, agent.endings[0].error.kind() == ErrorKind::denied, "denied");
  EXPECT_ON(ground, ground.stand_in().executions().empty(), "no execution");
}

// The original client hangs for ever here: nobody pushes what is approved after the poll.
inline void approved_after_the_poll(Ground<AgentGate>& ground) {
  Agent agent(ground);
  const std::uint64_t approval = ask(ground, agent);
  cut(ground, agent);
  // Two messages come in after the reconnect before any approval: the answers to `auth` and to the poll.
  const std::uint64_t before = agent.client->statistics().messages_in;
  EXPECT_ON(ground, ground.run_until([&] { return agent.client->statistics().messages_in >= before + 2; }),
            "the poll's answer");
  EXPECT_ON(ground, agent.client->state() == LinkState::ready && agent.endings[0].times == 0,
            "ready, and still waiting");
  EXPECT_ON(ground, ground.stand_in().approve(approval), "the approval to outlive the line");
  EXPECT_ON(ground, ground.stand_in().results_kept() == 1, "the result not to be pushed");
  agent.expect_data(agent.endings[0], R"({"asked":true})");
  EXPECT_ON(ground,
            ground.stand_in().executions().size() == 1 && ground.stand_in().counters().results_fetched == 1,
            "by a later poll");
}

// A server keeps the slot for an agent that left cleanly while a human is asked.
inline void slot_held_after_a_clean_close(Ground<AgentGate>& ground) {
  Agent agent(ground);
  const std::uint64_t approval = ask(ground, agent);
  cut(ground, agent, CutKind::clean);
  EXPECT_ON(ground, ground.run_until([&] { return ground.stand_in().counters().turned_away >= 2; }),
            "reconnects to be turned away");
  EXPECT_ON(ground, agent.endings[0].times == 0, "still waiting");
  EXPECT_ON(ground, ground.stand_in().approve(approval), "the approval to be there");
  agent.expect_data(agent.endings[0], R"({"asked":true})");
}

inline void cut_before_the_answer(Ground<AgentGate>& ground) {
  Agent agent(ground);
  agent.wait(LinkState::ready);
  ToolEnding& ending = agent.call("ask_cut", R"({"b":1,"a":[2]})");
  EXPECT_ON(ground, ground.run_until([&] { return ground.stand_in().approvals().size() == 1; }),
            "an approval");
  EXPECT_ON(ground, ground.stand_in().approve(ground.stand_in().approvals().back().id),
            "the approval to be there");
  agent.expect_data(ending, "{}");
  EXPECT_ON(ground, ground.stand_in().executions().size() == 1,
            "a request that was sent not to be sent again");
}

// On a server that keeps rows for all tools.
inline void allowed_and_cut(Ground<AgentGate>& ground) {
  Agent agent(ground);
  agent.wait(LinkState::ready);
  agent.expect_data(agent.call("cut", R"({"b":1,"a":[2]})"), "{}");
  EXPECT_ON(ground, ground.stand_in().executions().size() == 1,
            "a request that was sent not to be sent again");
}

inline void queued_while_offline(Ground<AgentGate>& ground) {
  Agent agent(ground);
  agent.wait(LinkState::ready);
  cut(ground, agent);
  ToolEnding& first = agent.call("echo", R"({"n":1})");
  ToolEnding& second = agent.call("echo", R"({"n":2})");
  EXPECT_ON(ground, agent.client->state() == LinkState::waiting, "offline");
  agent.expect_data(first, R"({"n":1})");
  agent.expect_data(second, R"({"n":2})");
  EXPECT_ON(ground, ground.stand_in().executions().size() == 2, "each once");
}

inline GateConfig with_a_row_of_an_earlier_process() {
  GateConfig config = gate_config();
  config.pending_results.push_back({"14", "read", R"({"entity_id":"x"})", "executed", R"({"state":"old"})"});
  return config;
}

inline void row_of_an_earlier_process(Ground<AgentGate>& ground) {
  Agent agent(ground);
  agent.expect_data(agent.call("read", R"({"entity_id":"x"})"), R"({"state":21.5})");
  EXPECT_ON(ground, agent.unclaimed.size() == 1, "the old row at the handler");
  EXPECT_TEXT(agent.unclaimed[0], "14");
}

// ---- who may connect

inline void rotated_token(Ground<AgentGate>& ground) {
  Agent agent(ground, {}, false);
  agent.token = "yesterday's";
  EXPECT_ON(ground, agent.client->connect().ok(), "the client to start");
  ToolEnding& ending = agent.call("read");
  agent.wait(LinkState::waiting);
  EXPECT_ON(ground, agent.client->last_error().kind() == ErrorKind::authentication,
            "an authentication error");
  EXPECT_ON(ground, agent.client->last_error().code() == agent_gate::code::not_authenticated, "-32005");
  EXPECT_ON(ground, agent.client->last_error().message().find("yesterday") == std::string_view::npos,
            "no secret in it");
  EXPECT_ON(ground, ending.times == 0, "the request to wait for a better token");
  agent.token = AgentGate::token;
  agent.expect_data(ending, R"({"state":21.5})");
}

inline void second_agent_keeps_trying(Ground<AgentGate>& ground) {
  Agent second(ground, {.number = 1}, false);
  {
    Agent first(ground);
    first.wait(LinkState::ready);
    EXPECT_ON(ground, second.client->connect().ok(), "the second to start");
    EXPECT_ON(ground, ground.run_until([&] { return ground.stand_in().counters().turned_away >= 3; }),
              "the second to keep trying");
    EXPECT_ON(ground, second.client->last_error().layer_code() == 4000, "4000");
    EXPECT_ON(ground, second.client->statistics().connects == 0 && first.client->state() == LinkState::ready,
              "one at a time");
  }
  second.wait(LinkState::ready);
}

// ---- the end

inline void closed_with_everything_pending(Ground<AgentGate>& ground) {
  Agent agent(ground);
  agent.wait(LinkState::ready);
  for (int i = 0; i < 5; ++i) ask(ground, agent);
  agent.call("silent");
  agent.taken(agent.client->list_tools(agent.completion()));
  agent.taken(agent.client->get_pending_results(agent.completion()));
  for (int i = 0; i < 5; ++i) agent.call("read");  // still in the ring
  agent.client->close();
  EXPECT_ON(ground, agent.completed == 0, "no completion inside close()");
  agent.wait_for_all(13);
  agent.expect_all_closed();
  const auto refused = agent.client->tool_request("read", "{}", [](const Outcome&) noexcept {});
  EXPECT_ON(ground, !refused.ok() && refused.error().kind() == ErrorKind::closed, "no request after close()");
  agent.wait(LinkState::closed);
  EXPECT_ON(ground, agent.client->statistics().pending == 0, "nothing pending");
}

inline void closed_while_offline(Ground<AgentGate>& ground) {
  Agent agent(ground);
  for (int i = 0; i < 3; ++i) ask(ground, agent);
  cut(ground, agent);
  for (int i = 0; i < 3; ++i) agent.call("read");
  agent.client->close();
  agent.wait_for_all(6);
  agent.expect_all_closed();
  EXPECT_ON(ground, ground.stand_in().counters().connections == 1, "no reconnect after close()");
}

inline GateConfig newer() {
  return gate_config(Generation::newer);
}
inline GateConfig older() {
  return gate_config(Generation::older);
}
inline GateConfig keeps_all() {
  GateConfig config = gate_config();
  config.kept = hub::agent_gate::Kept::all;
  return config;
}
inline GateConfig impatient() {
  GateConfig config = gate_config();
  config.approval_timeout = std::chrono::milliseconds{50};
  return config;
}

}  // namespace scenario

inline constexpr Scenario<AgentGate> gate_scenarios[] = {
    {"allowed", scenario::newer, scenario::allowed},
    {"allowed, older server", scenario::older, scenario::allowed},
    {"denied by policy", scenario::newer, scenario::denied_by_policy},
    {"execution failed", scenario::newer, scenario::execution_failed},
    {"asked and approved", scenario::newer, scenario::approved},
    {"asked and approved, older server", scenario::older, scenario::approved},
    {"asked and denied", scenario::newer, scenario::denied_by_user},
    {"approval timed out", scenario::impatient, scenario::approval_timed_out},
    {"64 answered in reverse, the 65th refused", scenario::newer, scenario::reversed_64},
    {"approved while offline", scenario::newer, scenario::approved_offline},
    {"approved while offline, older server", scenario::older, scenario::approved_offline},
    {"denied while offline", scenario::newer, scenario::denied_offline},
    {"denied while offline, older server", scenario::older, scenario::denied_offline},
    {"approved after the poll", scenario::newer, scenario::approved_after_the_poll},
    {"approved after the poll, older server", scenario::older, scenario::approved_after_the_poll},
    {"slot held after a clean close", scenario::newer, scenario::slot_held_after_a_clean_close},
    {"line cut before the answer", scenario::newer, scenario::cut_before_the_answer},
    {"line cut before the answer, older server", scenario::older, scenario::cut_before_the_answer},
    {"an allowed tool's line cut before its answer, all results kept", scenario::keeps_all,
     scenario::allowed_and_cut},
    {"queued while offline", scenario::newer, scenario::queued_while_offline},
    {"row of an earlier process", scenario::with_a_row_of_an_earlier_process,
     scenario::row_of_an_earlier_process},
    {"rotated token", scenario::newer, scenario::rotated_token},
    {"a second agent keeps trying", scenario::newer, scenario::second_agent_keeps_trying},
    {"closed with everything pending", scenario::newer, scenario::closed_with_everything_pending},
    {"closed while offline", scenario::newer, scenario::closed_while_offline},
};

}  // namespace kedge::test
