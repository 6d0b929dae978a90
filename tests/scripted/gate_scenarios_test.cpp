// The agent-gate page over the simulated network.

#include "support/gate_scenarios.hpp"

#include <kedge/port_sim.hpp>

namespace kedge::test {

class SimGround final : public Ground {
 public:
  explicit SimGround(GateConfig config) : gate_(std::move(config), gate_token) {
    const Address addresses[] = {address_};
    EXPECT(world_.set_name("gateway", addresses), "room for the name");
    services_[0] = &gate_;
    server_ =
        std::make_unique<hub::Server>(port_, listener_, nullptr, small_gate_server(), services_, LogHook{});
    gate_.attach(*server_);
    EXPECT(server_->listen(address_).ok(), "the simulated server to listen");
  }
  Way way(std::size_t agent) override { return {&client_ports_[agent], nullptr, "ws://gateway/"}; }
  Gate& gate() override { return gate_; }
  bool run_until(const std::function<bool()>& done) override {
    return world_.run_until([&done] { return done(); }, std::chrono::minutes{2});
  }

 private:
  const Address address_ = sim::ipv4(10, 0, 0, 1, 80);
  sim::World world_{1};
  sim::Port client_ports_[2] = {sim::Port(world_), sim::Port(world_)};
  sim::Port port_{world_};
  sim::Listener listener_{world_};
  Gate gate_;
  hub::Service* services_[1] = {};
  std::unique_ptr<hub::Server> server_;
};

}  // namespace kedge::test

int main() {
  return kedge::test::run_gate_scenarios<kedge::test::SimGround>("agent-gate over port/sim");
}
