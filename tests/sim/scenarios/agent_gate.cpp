#include "agent_gate.hpp"

#include "../play.hpp"
#include "agent_gate_process.hpp"

namespace kedge::rig {

namespace {

class AgentGateSetting final : public Setting {
 public:
  AgentGateSetting(Run& run, Chaos& chaos, const Plan& plan)
      : run_(run), chaos_(chaos), plan_(plan), gate_(run, chaos), polls_by_hand_(run.rng.chance(300)) {
    gate_.set_client_limits(plan.limits.inbound_message_bytes_max, plan.limits.result_row_bytes_max);
  }

  [[nodiscard]] ModelService& service() override { return gate_; }
  [[nodiscard]] std::unique_ptr<Actor> begin(std::uint64_t first_number) override {
    return std::make_unique<AgentProcess>(run_, chaos_, plan_, first_number, gate_, polls_by_hand_);
  }
  // A rotated token is known to the device a while later; until then it is refused.
  void beside(Actor& actor) override {
    if (run_.mishap(3)) {
      run_.count(Fault::token_rotation);
      gate_.rotate_token();
    }
    if (run_.rng.chance(100)) actor.learn();
  }
  void on_restart() override { gate_.restart(); }
  void mend() override { gate_.clear_slot(); }

 private:
  Run& run_;
  Chaos& chaos_;
  const Plan& plan_;
  AgentGateServer gate_;
  bool polls_by_hand_;
};

}  // namespace

void play_agent_gate(Run& run) {
  Chaos chaos(run);
  const Plan plan = draw_plan(run);
  AgentGateSetting setting(run, chaos, plan);
  play(run, chaos, plan, setting);
}

}  // namespace kedge::rig
