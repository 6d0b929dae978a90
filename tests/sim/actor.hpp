#pragma once
// One life of a client's process: its machine, its user, and what watches both. A scenario says how its
// protocol's client is used.

#include "chaos.hpp"
#include "checks/life.hpp"
#include "checks/line.hpp"
#include "checks/stages.hpp"
#include "model/server.hpp"
#include "recorded_ledger.hpp"
#include "tap.hpp"

#include <kedge/agent_gate.hpp>
#include <kedge/client.hpp>
#include <kedge/tls.hpp>

#include <memory>
#include <string>
#include <vector>

namespace kedge::rig {

/// What stays the same over all lives of one run.
struct Plan {
  agent_gate::Limits limits;  ///< of any protocol: it has those of a line, and rows
  ClientConfig client;        ///< without callbacks
  ModelServer::Tls tls = ModelServer::Tls::none;
  /// What the upgrade asks for: the URL's path and query.
  std::string_view target = "/";
};
[[nodiscard]] Plan draw_plan(Run& run);

class Actor : protected Interpreter {
 public:
  Actor(const Actor&) = delete;
  Actor& operator=(const Actor&) = delete;
  /// After `close()` and the end of it, or after `die()`.
  virtual ~Actor() = default;

  /// Something a user might do at any time, from a handler too.
  virtual void do_something(bool from_handler) = 0;
  /// Takes the credentials that hold now.
  virtual void learn() = 0;
  void close();
  void retry_now();
  /// The process is killed: its memory is gone, its line is reset.
  void die();
  /// Whether its user destroys the client now, in whatever state it is.
  [[nodiscard]] virtual bool leaves() { return false; }
  void destroy();

  /// After each step of the world.
  virtual void watch();
  /// Each second.
  void watch_queue();
  /// Each second once nothing fails any more; the line has been ready since `since`.
  virtual void watch_calm(Instant since);
  /// All work is done: nothing may be left anywhere, and as much fits in as ever.
  virtual void expect_idle() = 0;
  [[nodiscard]] virtual Statistics statistics() = 0;

  [[nodiscard]] sim::Port& port() noexcept { return *port_; }
  [[nodiscard]] RecordedLedger& ledger() noexcept { return ledger_; }
  [[nodiscard]] LifeCheck& life() noexcept { return life_; }

 protected:
  Actor(Run& run, Chaos& chaos, const Plan& plan, std::uint64_t first_number);

  // For the scenario's client.
  [[nodiscard]] Port& machine() noexcept { return tap_port_; }
  /// The plan's configuration with what watches it; the credential is the scenario's.
  [[nodiscard]] ClientConfig config();
  [[nodiscard]] const Plan& plan() const noexcept { return plan_; }
  /// One of all there were, which may not be none; one of those that are open, as few.
  [[nodiscard]] Request& any_request();
  [[nodiscard]] Request& open_request();
  /// What may be done from a handler of the client's, a few deep.
  void call_back();
  virtual void on_state(LinkState) {}
  /// Since when the client, which is ready, holds no request back.
  [[nodiscard]] virtual Instant sends_since() const { return life_.ready_at(); }
  /// Whether the client counts what the ledger counts.
  [[nodiscard]] virtual bool counts_agree(const Statistics& now) {
    return now.pending == ledger_.open().size();
  }
  /// `close()`, `retry_now()` and destruction of the client itself.
  virtual void close_client() = 0;
  virtual void retry_client() = 0;
  virtual void destroy_client() = 0;
  /// Forgets the client without its destructor, as a process that is killed does.
  virtual void abandon_client() = 0;
  /// Takes the memory of an abandoned client. What libraries allocated for it is lost with it, on purpose;
  /// for memcheck, which would call that a leak, it stays reachable.
  static void bury(std::vector<std::byte> storage);
  /// What no line of the log, no state and no request's error may hold: the beginning of each credential.
  [[nodiscard]] virtual std::string_view secret() const = 0;

  Run& run_;

 private:
  void watch_statistics(const Statistics& now);
  void look_for_secrets(std::string_view words);

  const Plan& plan_;
  RecordedLedger ledger_;

 protected:
  LineCheck line_;
  StageCheck stages_;

 private:
  LifeCheck life_;
  std::unique_ptr<sim::Port> port_;
  TapPort tap_port_;
  ModelTls model_tls_;
  std::unique_ptr<tls::ClientStorage<>> real_tls_;
  TapTls tap_tls_;
  Statistics before_;
  std::vector<std::string> tell_tales_;  // of what no words may hold
  std::size_t depth_ = 0;                // of handlers that call back
};

}  // namespace kedge::rig
