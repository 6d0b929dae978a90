#pragma once
// What the line and the port do, a letter each, in the script of a whole client.

#include "fuzz.hpp"

#include <kedge/port_sim.hpp>

namespace kedge::fuzz {

inline constexpr std::string_view line_letters = "xekho01wd";

/// `run` has a `wire`, a `host` that listens at 10.0.0.1, and the client's `port`.
template <class Run>
void line_does(char letter, Run& run, Input& input) {
  sim::Peer& peer = run.wire.peer();
  switch (letter) {
    case 'x':
      return peer.reset();
    case 'e':
      return peer.finish();
    case 'k':
      return peer.close();
    case 'h':
      return peer.go_silent();
    case 'o':
      return peer.restore();
    case '0':
      return run.host.stop_listening();
    case '1':
      (void)run.host.listen(sim::ipv4(10, 0, 0, 1, 80));
      return;
    case 'w':
      return run.port.calls().fail_any_nth(1U + input.byte() % 16U);
    default:
      return run.port.set_random_works(input.byte() % 2U == 0);
  }
}

}  // namespace kedge::fuzz
