#pragma once
// The stand-in server of the agent-gate protocol: policy, approvals, tools, results kept for later. It does
// what real servers do, the odd things too.

#include "../../program/token.hpp"
#include "../../server/connection.hpp"
#include "../../server/server.hpp"
#include "../../server/service.hpp"
#include "../answer_queue.hpp"
#include "approvals.hpp"
#include "config.hpp"
#include "execution_log.hpp"
#include "rate_limit.hpp"
#include "results.hpp"
#include "rpc.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace kedge::hub::agent_gate {

/// What the gate has counted since it was made.
struct Counters {
  std::uint64_t connections = 0;          ///< WebSockets opened
  std::uint64_t turned_away = 0;          ///< of those, closed with 4000
  std::uint64_t authentications = 0;      ///< agents let in
  std::uint64_t authentications_bad = 0;  ///< -32005
  std::uint64_t tool_requests = 0;        ///< valid ones, limited ones too
  std::uint64_t executions = 0;           ///< tools that ran
  std::uint64_t denied = 0;               ///< by policy or by the operator
  std::uint64_t approvals_timed_out = 0;
  std::uint64_t limited = 0;         ///< -32006
  std::uint64_t results_stored = 0;  ///< nobody was there to take them
  std::uint64_t results_fetched = 0;
  std::uint64_t results_lost = 0;  ///< nor were they kept: see Config::kept
};

using server::Connection;
using server::CutKind;
using server::Server;

/// One agent at a time. Everything runs on the loop's thread, the operator's calls too.
class Gate final : public server::Service {
 public:
  /// Copies `token`. An empty token lets nobody in.
  Gate(Config config, std::string_view token);
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  /// Once, before anything else: the server it is a service of. Borrowed.
  void attach(Server& server);

  // For the operator. None of these may be called from inside the gate's own calls.
  [[nodiscard]] const std::vector<Approval>& approvals() const noexcept { return approvals_.pending(); }
  /// Lets the tool run. False when there is no such approval any more.
  bool approve(std::uint64_t approval) noexcept;
  /// Answers -32001. False as above.
  bool deny(std::uint64_t approval) noexcept;
  /// Ends the agent's connection; false when there is none.
  bool cut_agent(CutKind how) noexcept;

  [[nodiscard]] bool agent_connected() const noexcept { return agent_ != nullptr; }
  [[nodiscard]] bool agent_authenticated() const noexcept { return agent_ != nullptr && authenticated_; }
  /// An agent holds the slot: connected, or gone cleanly, with an approval pending or a moment ago.
  [[nodiscard]] bool slot_taken() const noexcept;
  [[nodiscard]] std::size_t results_kept() const noexcept { return results_.size(); }
  /// The server's time.
  [[nodiscard]] Instant now() const noexcept { return server_->now(); }
  [[nodiscard]] const Counters& counters() const noexcept { return counters_; }
  /// The latest tools that ran, oldest first; 4096 at most.
  [[nodiscard]] const std::deque<Execution>& executions() const noexcept { return executions_.latest(); }
  [[nodiscard]] std::uint64_t executions_total() const noexcept { return executions_.total(); }
  /// How often a tool ran for this JSON-RPC id, as text. More than once proves a repeated request.
  [[nodiscard]] std::size_t executions_of(std::string_view client_id) const noexcept;

  // Service
  [[nodiscard]] bool serves(std::string_view path) const noexcept override { return path == config_.path; }
  server::Admission admit(const ws::UpgradeServer&) noexcept override { return {}; }
  void on_open(Connection& connection) noexcept override;
  void on_message(Connection& connection, ws::MessageType type,
                  std::span<const std::byte> payload) noexcept override;
  void on_closed(Connection& connection, const Error& why) noexcept override;
  void on_turn(Instant now) noexcept override;
  [[nodiscard]] Instant next_deadline() const noexcept override;

 private:
  struct Running {
    Job job;
    const Tool* tool;
  };

  void handle(const Message& message);
  void authenticate(const Message& message);
  void refuse_agent(std::string_view id, std::string_view message);
  void tool_request(const Message& message);
  void malformed(const Message& message);
  void pending_results(const Message& message);
  void list_tools(const Message& message);

  [[nodiscard]] const Tool* find_tool(std::string_view name) const noexcept;
  [[nodiscard]] std::string make_request_id(std::string_view id);
  void execute(Job job);
  void finish(const Running& done);
  void complete(const Job& job, const Tool* tool, const Verdict& verdict);
  bool answer(const Job& job, const Tool* tool, const Verdict& verdict);
  void store_or_lose(const Job& job, const Verdict& verdict);
  void store(const Job& job, const Verdict& verdict);
  void hold_slot() noexcept;
  void keep(StoredResult row);
  void expire_results(Instant now) noexcept;
  void set_fate(std::uint64_t execution, Fate fate) noexcept;
  [[nodiscard]] WallTime wall_time() noexcept;
  bool reply(const std::string& text) noexcept;
  void log(LogLevel level, std::string_view event, std::string_view message) noexcept;

  const Config config_;
  program::Token token_;
  Server* server_ = nullptr;
  Approvals approvals_;
  RateLimit rate_limit_;
  Results results_;
  AnswerQueue<Running> running_;
  Counters counters_;
  ExecutionLog executions_;

  Connection* agent_ = nullptr;
  bool authenticated_ = false;
  Instant auth_deadline_ = never;
  /// The connection that left cleanly; it holds the slot while an approval of its own waits, and until then.
  std::uint64_t departed_ = 0;
  Instant held_until_{};
};

/// What its connections may take: messages of 1 MiB, 1009 beyond; pings every 20 s.
[[nodiscard]] server::ServiceConfig gate_service_config();

}  // namespace kedge::hub::agent_gate
