#pragma once
// port/sim as a ground.

#include "contract.hpp"

#include <kedge/port_sim.hpp>

#include <optional>

namespace kedge::test {

class SimGround : public Ground {
 public:
  SimGround() {
    const Address there[] = {sim::ipv4(10, 0, 0, 7)};
    EXPECT(world_.set_name("gate.example", there), "a name");
  }
  Port& port() override { return *port_; }
  void destroy_port() override { port_.reset(); }
  Acceptor& acceptor() override { return listener_; }
  Address own_address() override { return sim::ipv4(10, 0, 0, 1); }
  std::string_view known_name() override { return "gate.example"; }
  std::string_view unknown_name() override { return "nobody.example"; }
  bool run_until(const std::function<bool()>& done, Duration limit) override {
    return world_.run_until(done, limit);
  }
  int turns_in(Duration length) override {
    int turns = 0;
    (void)world_.run_until(
        [&] {
          ++turns;
          return false;
        },
        length);
    return turns;
  }
  std::size_t more_than_fits() override { return 1 << 20; }

 private:
  sim::World world_{1};
  sim::Listener listener_{world_, peers_max};
  std::optional<sim::Port> port_{std::in_place, world_};
};

}  // namespace kedge::test
