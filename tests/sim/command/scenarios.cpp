// Scenarios that break, die and wait when they are told to, so that kedge_sim's own command line can be
// tried.

#include "../scenario.hpp"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

namespace kedge::rig {

namespace {

using namespace std::chrono_literals;

// The seed and the length make the digest.
void play_sound(Run& run) {
  run.note(std::to_string(run.rng.next()) + " for " + std::to_string(run.options.length.count()));
  run.world.run_for(run.options.length);
}

// Seeds 5 and 6 break; 6 is the sooner. With TLS 9 does, in a longer run 8.
void play_breaking(Run& run) {
  play_sound(run);
  run.record({.when = run.world.now(), .request = 23, .deadline = 2s});
  run.record({.when = run.world.now(), .request = 24, .deadline = 2s});
  run.record({.when = run.world.now(), .request = 23, .what = HistoryEvent::What::failed, .words = "gone"});
  if (run.seed == 5) std::this_thread::sleep_for(200ms);
  const bool breaks = run.options.real_tls         ? run.seed == 9
                      : run.options.length > 10min ? run.seed == 8
                                                   : run.seed == 5 || run.seed == 6;
  if (breaks) run.broke("this seed holds", run.seed == 6 ? "2 open" : "request 23: gone");
}

void play_dying(Run& run) {
  play_sound(run);
  if (run.seed == 3) std::abort();
  if (run.seed == 4) (void)std::raise(SIGKILL);
  if (run.seed == 5) std::_Exit(7);
}

void play_waiting(Run&) {
  for (;;) pause();
}

const Registered breaking("breaking", play_breaking);
const Registered dying("dying", play_dying);
const Registered sound("sound", play_sound);
const Registered waiting("waiting", play_waiting);

}  // namespace

}  // namespace kedge::rig
