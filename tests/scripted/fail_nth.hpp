#pragma once
// Every scenario of a protocol, over and over: each time another call of a port fails - the first read, the
// second, ... the first write, ... - until it passes untouched. Whatever becomes of the scenario, the
// promises of failing_ground.hpp are kept. A run takes every fifth call, each scenario from another one on;
// with KEDGE_NTH_EVERY=N every Nth, and with 1 all of them.

#include "failing_ground.hpp"

#include <cstdio>
#include <cstdlib>

namespace kedge::test {

template <class P>
class Sweep {
 public:
  /// A handshake costs more than all the rest of a scenario: few go over TLS. The number of groups that
  /// failed.
  static int run(std::span<const Scenario<P>> plain, std::span<const Scenario<P>> over_tls) {
    int failed = group("plain", plain, [](void** state) { sweep(*state, false); });
    failed += group("over TLS", over_tls, [](void** state) { sweep(*state, true); });
    std::printf("%llu runs, in each of which one call of a port failed\n",
                static_cast<unsigned long long>(failures_));
    return failed;
  }

 private:
  static int group(const char* name, std::span<const Scenario<P>> scenarios, CMUnitTestFunction test) {
    if (scenarios.empty()) return 0;
    std::vector<CMUnitTest> tests;
    for (const Scenario<P>& one : scenarios)
      tests.push_back({one.name, test, nullptr, tell, const_cast<Scenario<P>*>(&one)});
    return _cmocka_run_group_tests(name, tests.data(), tests.size(), nullptr, nullptr);
  }
  static void sweep(const void* which, bool tls) {
    const auto& scenario = *static_cast<const Scenario<P>*>(which);
    static std::uint64_t first = 0;
    FailingGround<P> untouched(scenario.config(), tls, {});
    (void)play(untouched, scenario);
    for (const User user : {User::waits, User::closes}) {
      for (const Caller caller : {Caller::party, Caller::second_party, Caller::server, Caller::line}) {
        for (std::size_t call = 0; call < sim::call_kinds; ++call) {
          Failure failure{user, caller, static_cast<sim::Call>(call), 1 + first++ % stride()};
          bool more = untouched.calls_of(caller).count(failure.call) > 0;
          for (; more; failure.nth += stride()) {
            current_ = failure.text();
            FailingGround<P> ground(scenario.config(), tls, failure);
            more = play(ground, scenario);
          }
        }
      }
    }
    current_.clear();
  }
  /// True when the call was made, and so failed.
  static bool play(FailingGround<P>& ground, const Scenario<P>& scenario) {
    try {
      scenario.run(ground);
    } catch (const Disturbed&) {
    }
    ground.shut_down();
    if (ground.failed()) ++failures_;
    return ground.failed();
  }
  /// How far apart the failing calls are.
  static std::uint64_t stride() {
    const char* every = std::getenv("KEDGE_NTH_EVERY");
    const std::uint64_t asked = every != nullptr ? std::strtoull(every, nullptr, 10) : 0;
    return asked > 0 ? asked : 5;
  }
  static int tell(void**) {
    if (!current_.empty()) print_error("when %s\n", current_.c_str());
    current_.clear();
    return 0;
  }

  inline static std::uint64_t failures_ = 0;
  inline static std::string current_;  // what a failure's place does not tell
};

}  // namespace kedge::test
