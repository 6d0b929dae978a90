#pragma once
// Time for a user of a client: on its port's clock, from its loop.

#include <kedge/callback.hpp>
#include <kedge/time.hpp>

namespace kedge {

class Client;
class ClientCore;

/// Calls back once, after a while, whatever the state of the line, from the client's loop. Any number of them
/// may run; each lies where its owner put it. One whose client is destroyed never fires. A client that
/// could not be made (its storage, its limits or its protocol's configuration) has no loop: its timers do not
/// start.
class Timer {
 public:
  /// The client is borrowed while the timer runs. Starts nothing.
  explicit Timer(Client& client) noexcept : client_(&client) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  /// Stops it.
  ~Timer() { stop(); }

  /// Fires once, `delay` from now at the soonest, never inside this call; a delay that is not positive: on
  /// the next turn of the loop. Started again it begins anew. The callback may start it again, and may
  /// destroy it. False when it cannot run.
  bool start(Duration delay, Callback<void()> on_fired) noexcept;
  /// It will not fire. Does nothing when it does not run.
  void stop() noexcept;
  [[nodiscard]] bool running() const noexcept { return core_ != nullptr; }

 private:
  friend class Timers;
  Client* client_;              // null once it is gone while the timer ran
  ClientCore* core_ = nullptr;  // while it runs
  Instant due_ = never;
  Callback<void()> on_fired_;
  Timer* previous_ = nullptr;  // in the client's list, the one that is due first in front
  Timer* next_ = nullptr;
};

}  // namespace kedge
