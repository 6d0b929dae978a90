#pragma once
// What a daemon is around its work: a loop and a log, signals, the service manager, an orderly end.

#include "../json_log.hpp"
#include "../signals.hpp"
#include "../timer.hpp"
#include "credentials.hpp"
#include "service_manager.hpp"

#include <kedge/client.hpp>
#include <kedge/log.hpp>
#include <kedge/port_uv.hpp>

#include <chrono>
#include <optional>
#include <string_view>

namespace kedge::program {

/// What its work is asked for, each from the loop.
class DaemonWork {
 public:
  /// SIGHUP: secret and certificates may be others now.
  virtual void reload() noexcept = 0;
  /// Whoever comes is refused from here on. Calls `Daemon::drained` when nothing is in flight any more.
  virtual void drain() noexcept = 0;
  /// Nothing is in flight, or the time for that is over: ends the line, then calls `Daemon::stop`.
  virtual void close() noexcept = 0;
  /// How its line is.
  [[nodiscard]] virtual LinkState state() const noexcept = 0;
  [[nodiscard]] virtual Error last_error() const noexcept = 0;

 protected:
  ~DaemonWork() = default;
};

/// All calls on the loop's thread. It outlives what its loop runs.
class Daemon {
 public:
  /// With which a second signal ends the process at once.
  static constexpr int interrupted_exit = 130;
  /// What the end takes beyond the grace period: the line's goodbye, and a second to spare.
  static constexpr std::chrono::seconds goodbye{6};

  explicit Daemon(LogLevel log_level) : log_(port_, log_level) {}
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon();

  [[nodiscard]] uv::Loop& loop() noexcept { return loop_; }
  [[nodiscard]] uv::Port& port() noexcept { return port_; }
  [[nodiscard]] JsonLog& log() noexcept { return log_; }
  void log(LogLevel level, std::string_view event, std::string_view message) noexcept {
    log_.write(LogRecord{level, event, {}, message});
  }
  /// As the clock went at the start, and since then.
  [[nodiscard]] std::optional<WallTime> started() const noexcept { return started_wall_; }
  [[nodiscard]] Duration uptime() noexcept { return port_.now() - started_; }

  /// Signals are heard from here on: before anybody hears that we listen. `work` is borrowed; `grace` is what
  /// is in flight has to finish.
  void begin(DaemonWork& work, std::chrono::milliseconds grace) noexcept;
  /// One line of JSON on standard output: where we listen.
  static void tell_where(std::string_view url);
  /// To the service manager, which from here on hears that we are alive.
  void tell_ready(std::string_view words) noexcept;
  /// To the service manager: the state of the line. One that waits says why. Not while we end.
  void tell_state() noexcept;
  /// Reads the files again, and says so or what is wrong. For `DaemonWork::reload`.
  void read_again(Credentials& credentials) noexcept;

  /// Until `stop`, whatever its work waits for.
  void run() noexcept {
    loop_.keep_running(true);
    loop_.run();
  }
  /// A signal has come.
  [[nodiscard]] bool is_ending() const noexcept { return ending_; }
  /// For `DaemonWork::drain`; again, or after the grace period, it does nothing.
  void drained() noexcept;
  void stop() noexcept { loop_.stop(); }

 private:
  void on_signal(int number) noexcept;
  void reload() noexcept;
  void end() noexcept;
  void tell(const Result<void>& told) noexcept;

  // What the loop still closes when it goes.
  Signals signals_;
  Timer watchdog_;
  Timer grace_timer_;
  Timer notify_again_;
  uv::Loop loop_;
  uv::Port port_{loop_};
  JsonLog log_;
  Instant started_ = port_.now();
  std::optional<WallTime> started_wall_ = port_.wall_time();
  ServiceManager manager_ = ServiceManager::from_environment();
  DaemonWork* work_ = nullptr;
  std::chrono::milliseconds grace_{};
  bool ending_ = false;
  bool closing_ = false;
};

}  // namespace kedge::program
