#pragma once
// How every run goes: trouble, then calm, then the end; one life of the client's process after another.

#include "actor.hpp"

namespace kedge::rig {

/// What a scenario brings: the server's model, and lives of the client.
class Setting {
 public:
  virtual ~Setting() = default;
  [[nodiscard]] virtual ModelService& service() = 0;
  /// A new process; its requests are numbered from `first_number`.
  [[nodiscard]] virtual std::unique_ptr<Actor> begin(std::uint64_t first_number) = 0;
  /// After each thing the user did: what happens beside it, such as a token that is rotated.
  virtual void beside(Actor& actor) = 0;
  /// The server's process was restarted.
  virtual void on_restart() = 0;
  /// From now on nothing fails: what only time would mend at the server is mended.
  virtual void mend() = 0;
};

/// Plays a run to its end or to the first breach.
void play(Run& run, Chaos& chaos, const Plan& plan, Setting& setting);

}  // namespace kedge::rig
