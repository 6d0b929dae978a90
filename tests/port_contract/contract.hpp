#pragma once
// The contract of a port, promise by promise.

#include "ground.hpp"

#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

namespace kedge::test {

struct Promise {
  const char* name;
  void (*holds)(Ground& ground);
};

/// Of every Stream, also one that lies upon another, as TLS does.
[[nodiscard]] std::span<const Promise> stream_promises();
/// Of a Port beside its stream: connecting, clock, timer, randomness, names.
[[nodiscard]] std::span<const Promise> port_promises();
/// Of an Acceptor.
[[nodiscard]] std::span<const Promise> acceptor_promises();

/// Holds each ground that `make` gives to one of the promises; returns what `main` is to.
template <class Make>
int run_contract(const char* name, Make make, std::initializer_list<std::span<const Promise>> lists) {
  struct Case {
    Promise promise;
    Make make;
  };
  std::vector<std::unique_ptr<Case>> cases;
  std::vector<CMUnitTest> tests;
  for (const std::span<const Promise> list : lists) {
    for (const Promise& promise : list) {
      cases.push_back(std::make_unique<Case>(Case{promise, make}));
      const auto hold = [](void** state) {
        const Case& one = *static_cast<Case*>(*state);
        Told told;
        const std::unique_ptr<Ground> ground = one.make();
        ground->port().set_events(told);  // before anything else
        one.promise.holds(*ground);
      };
      tests.push_back({promise.name, hold, nullptr, nullptr, cases.back().get()});
    }
  }
  return _cmocka_run_group_tests(name, tests.data(), tests.size(), nullptr, nullptr);
}

}  // namespace kedge::test
