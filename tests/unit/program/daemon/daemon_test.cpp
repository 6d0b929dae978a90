// A daemon whose work is nothing: what any of them does at its signals.

#include "program/daemon/daemon.hpp"

#include "support/cmocka.hpp"

#include <chrono>
#include <csignal>
#include <string>

using namespace kedge;
using namespace kedge::program;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

struct Work final : DaemonWork {
  Daemon daemon{LogLevel::error};
  std::string calls;
  bool drains_at_once = true;

  explicit Work(std::chrono::milliseconds grace) { daemon.begin(*this, grace); }

  void reload() noexcept override { calls += "reload "; }
  void drain() noexcept override {
    calls += daemon.is_ending() ? "drain " : "too early ";
    std::raise(SIGHUP);
    if (!drains_at_once) return;
    daemon.drained();
    daemon.drained();
  }
  void close() noexcept override {
    calls += "close ";
    daemon.stop();
  }
  [[nodiscard]] LinkState state() const noexcept override { return LinkState::idle; }
  [[nodiscard]] Error last_error() const noexcept override { return {}; }
};

void a_signal_drains_what_is_in_flight_and_then_closes_the_line_once(void**) {
  Work work(1h);
  std::raise(SIGTERM);
  work.daemon.run();
  EXPECT_TEXT(work.calls, "drain close ");
}

void what_is_in_flight_has_the_grace_period_and_no_more(void**) {
  Work work(1ms);
  work.drains_at_once = false;
  std::raise(SIGINT);
  work.daemon.run();
  EXPECT_TEXT(work.calls, "drain close ");
}

void a_hangup_reloads_and_ends_nothing(void**) {
  Work work(1h);
  std::raise(SIGHUP);
  std::raise(SIGTERM);
  work.daemon.run();
  EXPECT_TEXT(work.calls, "reload drain close ");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_signal_drains_what_is_in_flight_and_then_closes_the_line_once),
      cmocka_unit_test(what_is_in_flight_has_the_grace_period_and_no_more),
      cmocka_unit_test(a_hangup_reloads_and_ends_nothing),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
