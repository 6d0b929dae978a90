// An agent behind a gate: see agent_gate_process.hpp (the client and what watches it) and
// agent_gate_server.hpp.

#include "../play.hpp"
#include "../scenario.hpp"
#include "agent_gate_process.hpp"

namespace kedge::rig {

namespace {

class AgentGateSetting final : public Setting {
 public:
  explicit AgentGateSetting(Run& run_in) : Setting(run_in) {
    gate_.set_client_limits(plan.limits.inbound_message_bytes_max, plan.limits.result_row_bytes_max);
  }

  [[nodiscard]] ModelService& service() override { return gate_; }
  [[nodiscard]] std::unique_ptr<Actor> begin(std::uint64_t first_number) override {
    return std::make_unique<AgentProcess>(run, chaos, plan, first_number, gate_, polls_by_hand_);
  }
  void beside(Actor& actor) override { rotate_token(gate_, actor); }
  void on_restart() override { gate_.restart(); }
  void mend() override { gate_.clear_slot(); }

 private:
  AgentGateServer gate_{run, chaos};
  const bool polls_by_hand_ = run.rng.chance(300);
};

const Registered agent_gate_scenario("agent_gate", play_in<AgentGateSetting>);

}  // namespace

}  // namespace kedge::rig
