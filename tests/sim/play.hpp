#pragma once
// How every run goes: trouble, then calm, then the end; one life of the client's process after another.

#include "actor.hpp"

namespace kedge::rig {

/// What a scenario brings: the server's model, and lives of the client; and what is drawn for both.
class Setting {
 public:
  explicit Setting(Run& run_in) : run(run_in), chaos(run), plan(draw_plan(run)) {}
  Setting(const Setting&) = delete;
  Setting& operator=(const Setting&) = delete;
  virtual ~Setting() = default;
  [[nodiscard]] virtual ModelService& service() = 0;
  /// A new process; its requests are numbered from `first_number`.
  [[nodiscard]] virtual std::unique_ptr<Actor> begin(std::uint64_t first_number) = 0;
  /// After each thing the user did: what happens beside it, such as a token that is rotated.
  virtual void beside(Actor&) {}
  /// The server's process was restarted.
  virtual void on_restart() {}
  /// From now on nothing fails: what only time would mend at the server is mended.
  virtual void mend() {}

  Run& run;
  Chaos chaos;
  const Plan plan;

 protected:
  /// Now and then. A rotated token is known to the device a while later; until then it is refused.
  template <class Server>
  void rotate_token(Server& server, Actor& actor) {
    if (run.mishap(3)) {
      run.count(Fault::token_rotation);
      server.rotate_token();
    }
    if (run.rng.chance(100)) actor.learn();
  }
};

/// Plays a run to its end or to the first breach.
void play(Setting& setting);
template <class SomeSetting>
void play_in(Run& run) {
  SomeSetting setting(run);
  play(setting);
}

}  // namespace kedge::rig
