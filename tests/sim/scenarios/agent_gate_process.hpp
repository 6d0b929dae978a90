#pragma once
// One life of an agent's process: its client, what its user does, and what must come of it.

#include "../client_actor.hpp"
#include "agent_gate_server.hpp"

#include <kedge/agent_gate.hpp>

#include <map>
#include <set>
#include <vector>

namespace kedge::rig {

class AgentProcess final : public ClientActor<agent_gate::Client, AgentGateServer> {
 public:
  /// `polls_by_hand`: the user asks for pending results too.
  AgentProcess(Run& run, Chaos& chaos, const Plan& plan, std::uint64_t first_number, AgentGateServer& server,
               bool polls_by_hand);

  void do_something(bool from_handler) override;
  void watch() override;
  void watch_calm(Instant since) override;
  void expect_idle() override;

 private:
  enum class Kind : int { tool, list, results };

  void on_state(LinkState state) override;
  void expect_unanswerable_to_fail();
  void judge_lost(const Request& request, const Outcome& outcome);
  void judge_connection(const Request& request, const Outcome& outcome);
  void judge_too_large(const Request& request, const Outcome& outcome);
  void judge_what_may_have_run(const Request& request, const Outcome& outcome);
  void watch_refused();
  [[nodiscard]] std::string_view secret() const override { return AgentGateServer::token_mark; }
  [[nodiscard]] Instant sends_since() const override { return held_until_; }
  Meaning read(std::string_view begin, const std::vector<Request*>& waiting) override;
  void heard(std::uint8_t opcode, std::string_view text, bool open) override;
  void refused(const std::vector<std::uint64_t>& numbers) override;

  // agent_gate_process.cpp: what a user does
  void ask_tool(Duration deadline, bool twin = false);
  void ask(Kind kind, Duration deadline);
  void cancel_something();
  void asked();

  // agent_gate_verdicts.cpp: what comes of it
  void completed(std::uint64_t number, const Outcome& outcome);
  void judge(const Request& request, const Outcome& outcome);
  void reported(std::string_view text);
  void owe_answer(std::string_view text, bool open);
  void look_at_first_poll();
  [[nodiscard]] std::uint64_t nonce_of(std::uint64_t number) const;
  [[nodiscard]] std::size_t slots_free();

  bool polls_by_hand_;
  bool drained_ = false;  // the first poll is over
  Instant ready_at_ = never;
  Duration late_;                          // of a timer
  bool released_ = false;                  // requests are held back no more
  bool fetched_ = false;                   // a poll was answered
  bool polled_ = false;                    // on this line
  Instant held_until_ = never;             // at the latest
  std::map<std::uint64_t, Instant> lost_;  // questions whose line was lost, and when
  /// Tool requests that say how long after a loss their row is worth waiting for.
  struct Patience {
    Duration after_loss;
    Instant lost = never;    ///< since when their line is lost
    Instant polled = never;  ///< since when the line that asked for rows first is ready
  };
  std::map<std::uint64_t, Patience> patience_;
  std::size_t refusals_ = 0;                       // closes with 1009 that have ended nothing yet
  std::vector<std::uint64_t> refused_;             // of which one has to end
  Instant refused_by_ = never;                     // once their line is gone
  std::map<std::uint64_t, std::uint64_t> nonces_;  // of requests, by number
  std::set<std::uint64_t> large_;                  // nonces of arguments that fill a row
  std::set<std::uint64_t> told_;                   // marks of results that reached a request or the handler
  std::vector<std::uint64_t> answered_;            // requests whose answer came in this step
  std::set<std::uint64_t> owed_;                   // marks of rows that came and were not reported yet
};

}  // namespace kedge::rig
