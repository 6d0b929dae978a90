#pragma once
// One life of an agent's process: port, client, and everything that watches them.

#include "../chaos.hpp"
#include "../checks/ledger.hpp"
#include "../checks/life.hpp"
#include "../checks/line.hpp"
#include "../tap.hpp"
#include "agent_gate_server.hpp"

#include <kedge/agent_gate.hpp>

#include <map>
#include <memory>
#include <set>
#include <vector>

namespace kedge::rig {

/// What stays the same over all lives of one run.
struct AgentPlan {
  Limits limits;
  ClientConfig client;  // without callbacks
  ModelServer::Tls tls = ModelServer::Tls::none;
  bool polls_by_hand = false;  ///< the user asks for pending results too
};
[[nodiscard]] AgentPlan draw_plan(Run& run);

class AgentProcess final : private Interpreter {
 public:
  enum class Kind : int { tool, list, results };

  AgentProcess(Run& run, Chaos& chaos, AgentGateServer& server, const AgentPlan& plan,
               std::uint64_t first_number, std::uint64_t first_nonce);
  /// After `close()` and the end of it, or after `die()`.
  ~AgentProcess();
  AgentProcess(const AgentProcess&) = delete;
  AgentProcess& operator=(const AgentProcess&) = delete;

  // What a user does.
  void ask_tool(Duration deadline, bool twin = false);
  void ask(Kind kind, Duration deadline);
  void cancel_something();
  void cancel_all();
  void close();
  void retry_now();
  /// Something a user might do at any time, from a handler too.
  void do_something(bool from_handler);
  /// The process is killed: its memory is gone, its line is reset.
  void die();

  /// After each step of the world.
  void watch();
  /// All work is done: nothing may be left anywhere.
  void expect_idle();

  [[nodiscard]] agent_gate::Client& client() noexcept { return *client_; }
  [[nodiscard]] sim::Port& port() noexcept { return *port_; }
  [[nodiscard]] Ledger& ledger() noexcept { return ledger_; }
  [[nodiscard]] LifeCheck& life() noexcept { return life_; }
  [[nodiscard]] LineCheck& line() noexcept { return line_; }
  [[nodiscard]] std::uint64_t next_nonce() const noexcept { return nonce_; }
  /// Takes the server's token from now on; until then it shows the one it knows.
  void learn_token() { token_ = server_.token(); }

 private:
  Meaning read(std::string_view begin, const std::vector<Request*>& waiting) override;
  void heard(std::string_view text, bool open) override;

  void start();
  void completed(std::uint64_t number, const Outcome& outcome);
  void judge(const Request& request, const Outcome& outcome);
  void on_row(const agent_gate::ResultRow& row);
  void reported(std::string_view text);
  [[nodiscard]] std::uint64_t nonce_of(std::uint64_t number) const;
  [[nodiscard]] std::size_t slots_free();

  Run& run_;
  AgentGateServer& server_;
  const AgentPlan& plan_;
  Ledger ledger_;
  LineCheck line_;
  LifeCheck life_;
  std::unique_ptr<sim::Port> port_;
  TapPort tap_port_;
  ModelTls model_tls_;
  std::unique_ptr<tls::ClientStorage<>> real_tls_;
  TapTls tap_tls_;
  std::vector<std::byte> storage_;
  alignas(agent_gate::Client) std::byte place_[sizeof(agent_gate::Client)];
  agent_gate::Client* client_ = nullptr;

  std::string token_;
  std::uint64_t nonce_;
  std::map<std::uint64_t, std::uint64_t> nonces_;  // of requests, by number
  std::set<std::uint64_t> large_;                  // nonces of arguments that fill a row
  std::set<std::uint64_t> told_;                   // marks of results that reached a request or the handler
  std::set<std::uint64_t> owed_;                   // marks of rows that came and were not reported yet
  std::size_t depth_ = 0;                          // of handlers that call back
};

}  // namespace kedge::rig
