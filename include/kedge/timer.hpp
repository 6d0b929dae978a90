#pragma once
// A timer for users of a client, on its port's clock and called from its loop.

#include <kedge/callback.hpp>
#include <kedge/time.hpp>

namespace kedge {

class Client;
class ClientCore;

/// Calls back once after a delay, from the client's loop, in any state of the client. You may run any number
/// of timers; each lives in memory of your own. If its client is destroyed, a timer never fires. A client
/// that could not be constructed (because of its storage, its limits or its protocol's configuration) has no
/// loop: its timers do not start.
class Timer {
 public:
  /// `client` is borrowed while the timer runs. Starts nothing.
  explicit Timer(Client& client) noexcept : client_(&client) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  /// Stops the timer.
  ~Timer() { stop(); }

  /// Fires once, at the earliest after `delay`, never inside this call; if `delay` is not positive, on the
  /// next turn of the loop. Starting it again replaces the delay and the callback. The callback may start the
  /// timer again, and may destroy it. Returns false if it cannot run.
  bool start(Duration delay, Callback<void()> on_fired) noexcept;
  /// Stops the timer: it does not fire. Does nothing if it is not running.
  void stop() noexcept;
  [[nodiscard]] bool running() const noexcept { return core_ != nullptr; }

 private:
  friend class Timers;
  Client* client_;              // null once it was destroyed while the timer ran
  ClientCore* core_ = nullptr;  // while it runs
  Instant due_ = never;
  Callback<void()> on_fired_;
  Timer* previous_ = nullptr;  // in the client's list, ordered by due time
  Timer* next_ = nullptr;
};

}  // namespace kedge
