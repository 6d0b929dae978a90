// Every scenario of the agent-gate page, over and over: each time another call of a port fails - the first
// read, the second, ... the first write, ... - until it passes untouched. Whatever becomes of the scenario,
// the promises of failing_ground.hpp are kept. A run takes every third call, each scenario from another one
// on; with KEDGE_NTH_EVERY=N every Nth, and with 1 all of them.

#include "failing_ground.hpp"
#include "support/gate_scenarios.hpp"

#include <cstdio>
#include <cstdlib>

namespace kedge::test {

namespace {

// A handshake costs more than all the rest of a scenario.
constexpr Scenario tls_scenarios[] = {
    {"allowed", scenario::newer, scenario::allowed},
    {"approved while offline: a session resumed", scenario::newer, scenario::approved_offline},
};

std::uint64_t failures = 0;
std::string current;  // what a failure's place does not tell

/// True when the call was made, and so failed.
bool play(FailingGround& ground, const Scenario& scenario) {
  try {
    scenario.run(ground);
  } catch (const Disturbed&) {
  }
  ground.shut_down();
  if (ground.failed()) ++failures;
  return ground.failed();
}

/// How far apart the failing calls are.
std::uint64_t stride() {
  const char* every = std::getenv("KEDGE_NTH_EVERY");
  const std::uint64_t asked = every != nullptr ? std::strtoull(every, nullptr, 10) : 0;
  return asked > 0 ? asked : 3;
}

void sweep(const Scenario& scenario, bool tls) {
  static std::uint64_t first = 0;
  FailingGround untouched(scenario.config(), tls, {});
  (void)play(untouched, scenario);
  for (const User user : {User::waits, User::closes}) {
    for (const Caller caller : {Caller::agent, Caller::second_agent, Caller::server, Caller::line}) {
      for (std::size_t call = 0; call < sim::call_kinds; ++call) {
        Failure failure{user, caller, static_cast<sim::Call>(call), 1 + first++ % stride()};
        bool more = untouched.calls_of(caller).count(failure.call) > 0;
        for (; more; failure.nth += stride()) {
          current = failure.text();
          FailingGround ground(scenario.config(), tls, failure);
          more = play(ground, scenario);
        }
      }
    }
  }
  current.clear();
}

void plain(void** state) {
  sweep(*static_cast<const Scenario*>(*state), false);
}
void over_tls(void** state) {
  sweep(*static_cast<const Scenario*>(*state), true);
}
int tell(void**) {
  if (!current.empty()) print_error("when %s\n", current.c_str());
  current.clear();
  return 0;
}

}  // namespace

}  // namespace kedge::test

int main() {
  using namespace kedge::test;
  std::vector<CMUnitTest> tests;
  for (const Scenario& one : gate_scenarios) {
    tests.push_back({one.name, plain, nullptr, tell, const_cast<Scenario*>(&one)});
  }
  std::vector<CMUnitTest> tls_tests;
  for (const Scenario& one : tls_scenarios) {
    tls_tests.push_back({one.name, over_tls, nullptr, tell, const_cast<Scenario*>(&one)});
  }
  int failed = _cmocka_run_group_tests("plain", tests.data(), tests.size(), nullptr, nullptr);
  failed += _cmocka_run_group_tests("over TLS", tls_tests.data(), tls_tests.size(), nullptr, nullptr);
  std::printf("%llu runs, in each of which one call of a port failed\n",
              static_cast<unsigned long long>(failures));
  return failed;
}
