#include "play.hpp"

namespace kedge::rig {

using namespace std::chrono_literals;

namespace {

class Play {
 public:
  explicit Play(Setting& setting)
      : setting_(setting),
        run_(setting.run),
        chaos_(setting.chaos),
        plan_(setting.plan),
        server_(run_, setting.service(), plan_.tls, plan_.target) {
    begin_process();
  }
  ~Play() {
    if (actor_ && !actor_->life().over()) actor_->die();
  }

  void play() {
    const Instant end = after(run_.world.now(), Duration(run_.options.length) / 2);
    const Duration pace = run_.rng.between(Duration(20ms), Duration(3s));
    while (!run_.broken() && run_.world.now() < end) {
      turn(run_.rng.between(Duration(1ms), pace));
      if (run_.broken()) return;
      replace_process();
      actor_->do_something(false);
      setting_.beside(*actor_);
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
            actor_->watch();
            return run_.broken();
          },
          stop - run_.world.now());
      if (run_.world.now() >= next_tick_ && !run_.broken()) tick();
    }
  }

  void tick() {
    next_tick_ = after(run_.world.now(), 1s);
    server_.tick();
    actor_->watch_queue();
    if (ready_since_ != never && actor_->life().state() == LinkState::ready) actor_->watch_calm(ready_since_);
    if (run_.is_calm()) return;
    if (chaos_.tick(server_, actor_->port(), actor_->life().state())) setting_.on_restart();
  }

  template <class Done>
  bool turn_until(Done done, Duration bound) {
    const Instant limit = after(run_.world.now(), bound);
    while (!run_.broken() && !done() && run_.world.now() < limit) turn(100ms);
    return done();
  }

  void begin_process() {
    const std::uint64_t number = actor_ ? actor_->ledger().next_number() : 1;
    actor_.reset();
    actor_ = setting_.begin(number);
  }

  // Closed for good, or killed: a supervisor starts it again.
  void replace_process() {
    if (run_.mishap(2) && plan_.tls != ModelServer::Tls::real) {
      run_.count(Fault::client_restart);
      actor_->die();
      return begin_process();
    }
    if (run_.mishap(1)) {
      run_.count(Fault::client_close);
      actor_->close();
    }
    if (actor_->leaves()) return destroy_client();
    if (actor_->life().over()) {
      turn(run_.rng.between(Duration(0ms), Duration(5s)));
      begin_process();
    }
  }

  // Nothing is called any more, and nothing is left.
  void destroy_client() {
    run_.count(Fault::client_destroyed);
    actor_->destroy();
    run_.world.run_for(100ms);
    run_.check(actor_->port().idle(), "a client that is destroyed leaves nothing behind",
               [] { return std::string("its port is busy"); });
    begin_process();
  }

  // Faults stop: whoever is not stopped for good comes back.
  void recover() {
    chaos_.stop(server_, actor_->port());
    setting_.mend();
    actor_->learn();
    turn(1s);  // what was under way when it stopped arrives
    if (actor_->life().over() || actor_->ledger().is_closing()) {
      (void)turn_until([this] { return actor_->life().over(); }, 10min);
      if (run_.broken()) return;
      begin_process();
    }
    actor_->life().expect_ready();
    if (actor_->life().waits_for_mending()) actor_->retry_now();
    (void)turn_until([this] { return actor_->life().state() == LinkState::ready || actor_->life().over(); },
                     10min);
    if (run_.broken()) return;
    if (actor_->life().over()) return;  // attempts were used up, or the policy says stop
    ready_since_ = run_.world.now();
    for (int i = 0; i < 10 && !run_.broken(); ++i) {
      actor_->do_something(false);
      turn(200ms);
    }
  }

  void finish() {
    // Deadlines are two minutes at most.
    const bool done = turn_until([this] { return actor_->ledger().open().empty(); }, 3min);
    run_.check(done, "everything ends by its deadline",
               [&] { return std::to_string(actor_->ledger().open().size()); });
    if (run_.broken()) return;
    if (!actor_->life().over()) {
      turn(35s);  // a poll under way, a last entry in the ring
      expect_quiet();
      if (run_.broken()) return;
      actor_->expect_idle();
      turn(1s);
      actor_->close();
    }
    turn(30s);
    run_.check(actor_->port().idle(), "a closed client leaves nothing behind",
               [] { return std::string("its port is busy"); });
    run_.check(actor_->statistics().attempts == actor_->life().attempts(), "attempts are counted",
               [] { return std::string("not all"); });
  }

  // An idle link wakes for its keepalive and for what the server says, and for nothing else.
  void expect_quiet() {
    if (actor_->life().state() != LinkState::ready) return;
    // Two minutes, or what is left of the run: closing all of it takes 32 s.
    const Instant last = after(run_.began(), Duration(run_.options.length) - 35s);
    const Duration length = std::min<Duration>(2min, last - run_.world.now());
    if (length < 10s) return;
    const std::uint64_t before = actor_->port().calls().wakes();
    const Statistics heard_before = actor_->statistics();
    turn(length);
    const std::uint64_t wakes = actor_->port().calls().wakes() - before;
    const Statistics heard = actor_->statistics();
    const std::uint64_t late =
        heard.messages_in - heard_before.messages_in +
        (heard.stream_bytes_in - heard_before.stream_bytes_in) / plan_.limits.read_buffer_bytes;
    const Duration interval = plan_.client.keepalive.interval;
    const auto own = interval > Duration::zero() ? static_cast<std::uint64_t>(length / interval) + 1 : 0;
    const std::uint64_t server = static_cast<std::uint64_t>(length / 20s) + 1;
    // Each ping: a timer, an answer; each thing heard, a late answer and each piece of a large one too: a
    // timer armed for before it, and TLS in two pieces at most.
    const std::uint64_t most = 3 * own + 3 * (server + late) + 4;
    run_.check(wakes <= most, "an idle link wakes no more often than its keepalive needs", [&] {
      return std::to_string(wakes) + " wakes in " + std::to_string(length / 1s) + " s, at most " +
             std::to_string(most);
    });
  }

  Setting& setting_;
  Run& run_;
  Chaos& chaos_;
  const Plan& plan_;
  ModelServer server_;
  std::unique_ptr<Actor> actor_;
  Instant next_tick_{};
  Instant ready_since_ = never;  // after everything was mended
};

}  // namespace

void play(Setting& setting) {
  Play(setting).play();
}

}  // namespace kedge::rig
