#include "agent_gate.hpp"

#include "agent_gate_process.hpp"

#include <optional>

namespace kedge::rig {

using namespace std::chrono_literals;

namespace {

class Play {
 public:
  explicit Play(Run& run)
      : run_(run), chaos_(run), gate_(run, chaos_), plan_(draw_plan(run)), server_(run, gate_, plan_.tls) {
    gate_.set_client_limits(plan_.limits.inbound_message_bytes_max, plan_.limits.result_row_bytes_max);
    begin_process();
  }
  ~Play() {
    if (process_ && !process_->life().over()) process_->die();
  }

  void play() {
    const Instant end = after(run_.world.now(), run_.options.length / 2);
    const Duration pace = run_.rng.between(Duration(20ms), Duration(3s));
    while (!run_.broken() && run_.world.now() < end) {
      turn(run_.rng.between(Duration(1ms), pace));
      if (run_.broken()) return;
      replace_process();
      process_->do_something(false);
      look_after_token();
    }
    if (!run_.broken()) recover();
    if (!run_.broken()) finish();
  }

 private:
  // Time passes; what must hold is looked at after each step.
  void turn(Duration length) {
    Instant until = after(run_.world.now(), length);
    while (!run_.broken() && run_.world.now() < until) {
      const Instant stop = std::min(until, next_tick_);
      (void)run_.world.run_until(
          [this] {
            process_->watch();
            return run_.broken();
          },
          stop - run_.world.now());
      if (run_.world.now() >= next_tick_ && !run_.broken()) tick();
    }
  }

  void tick() {
    next_tick_ = after(run_.world.now(), 1s);
    server_.tick();
    if (run_.is_calm()) return;
    const std::uint64_t restarts = run_.tally.faults[static_cast<std::size_t>(Fault::server_restart)];
    chaos_.tick(server_, process_->port());
    if (restarts != run_.tally.faults[static_cast<std::size_t>(Fault::server_restart)]) gate_.restart();
  }

  template <class Done>
  bool turn_until(Done done, Duration bound) {
    const Instant limit = after(run_.world.now(), bound);
    while (!run_.broken() && !done() && run_.world.now() < limit) turn(100ms);
    return done();
  }

  void begin_process() {
    const std::uint64_t number = process_ ? process_->ledger().next_number() : 1;
    const std::uint64_t nonce = process_ ? process_->next_nonce() : 0;
    process_.emplace(run_, chaos_, gate_, plan_, number, nonce);
  }

  // Closed for good, or killed: a supervisor starts it again.
  void replace_process() {
    if (!plan_.limits.pending_max) return;
    if (run_.mishap(2) && plan_.tls != ModelServer::Tls::real) {
      run_.count(Fault::client_restart);
      process_->die();
      return begin_process();
    }
    if (run_.mishap(1)) {
      run_.count(Fault::client_close);
      process_->close();
    }
    if (process_->life().over()) {
      turn(run_.rng.between(Duration(0ms), Duration(5s)));
      begin_process();
    }
  }

  // A rotated token is known to the device a while later; until then it is refused.
  void look_after_token() {
    if (run_.mishap(3)) {
      run_.count(Fault::token_rotation);
      gate_.rotate_token();
    }
    if (run_.rng.chance(100)) process_->learn_token();
  }

  // Faults stop: whoever is not stopped for good comes back.
  void recover() {
    chaos_.stop(server_, process_->port());
    gate_.clear_slot();
    process_->learn_token();
    turn(1s);  // what was under way when it stopped arrives
    if (process_->life().over() || process_->ledger().is_closing()) {
      if (!turn_until([this] { return process_->life().over(); }, 10s) && !run_.broken())
        return run_.broke("close ends within its timeout", "it did not");
      begin_process();
    }
    process_->life().expect_ready();
    if (process_->life().waits_for_mending()) process_->retry_now();
    (void)turn_until(
        [this] { return process_->life().state() == LinkState::ready || process_->life().over(); }, 10min);
    if (run_.broken()) return;
    if (process_->life().over()) return;  // attempts were used up, or the policy says stop
    for (int i = 0; i < 10 && !run_.broken(); ++i) {
      process_->do_something(false);
      turn(200ms);
    }
  }

  void finish() {
    // Deadlines are two minutes at most.
    const bool done = turn_until([this] { return process_->ledger().open().empty(); }, 3min);
    run_.check(done, "everything ends by its deadline",
               [&] { return std::to_string(process_->ledger().open().size()); });
    if (run_.broken()) return;
    if (!process_->life().over()) {
      turn(35s);  // a poll under way, a last entry in the ring
      expect_quiet();
      if (run_.broken()) return;
      process_->expect_idle();
      turn(1s);
      process_->close();
    }
    (void)turn_until([this] { return process_->life().over(); },
                     plan_.client.close_timeout + chaos_.late() + 1s);
    run_.check(process_->life().over(), "close ends within its timeout",
               [] { return std::string("it did not"); });
    turn(30s);
    run_.check(process_->port().idle(), "a closed client leaves nothing behind",
               [] { return std::string("its port is busy"); });
    run_.check(process_->client().statistics().attempts == process_->life().attempts(),
               "attempts are counted", [] { return std::string("not all"); });
  }

  // An idle link wakes for its keepalive and for what the server says, and for nothing else.
  void expect_quiet() {
    if (process_->life().state() != LinkState::ready) return;
    const Duration length = 2min;
    const std::uint64_t before = process_->port().calls().wakes();
    turn(length);
    const std::uint64_t wakes = process_->port().calls().wakes() - before;
    const Duration interval = plan_.client.keepalive.interval;
    const auto own = interval > Duration::zero() ? static_cast<std::uint64_t>(length / interval) + 1 : 0;
    const std::uint64_t server = static_cast<std::uint64_t>(length / 20s) + 1;
    // Each ping: a timer, an answer; each thing heard: a timer armed for before it, and TLS in two pieces at
    // most.
    const std::uint64_t most = 3 * own + 3 * server + 4;
    run_.check(wakes <= most, "an idle link wakes no more often than its keepalive needs", [&] {
      return std::to_string(wakes) + " wakes in two minutes, at most " + std::to_string(most);
    });
  }

  Run& run_;
  Chaos chaos_;
  AgentGateServer gate_;
  AgentPlan plan_;
  ModelServer server_;
  std::optional<AgentProcess> process_;
  Instant next_tick_{};
};

}  // namespace

void play_agent_gate(Run& run) {
  Play(run).play();
}

}  // namespace kedge::rig
