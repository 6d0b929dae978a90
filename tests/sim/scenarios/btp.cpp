// A client of a BTP connector, in one dialect or the other: see btp_process.hpp (the client and what watches
// it) and btp_connector.hpp.

#include "../play.hpp"
#include "../scenario.hpp"
#include "btp_process.hpp"

namespace kedge::rig {

namespace {

class BtpSetting final : public Setting {
 public:
  explicit BtpSetting(Run& run_in) : Setting(run_in) {
    // Some devices do not know the time: the packet's own end then says nothing. Certificates need it.
    if (run.rng.chance(150) && !run.options.real_tls) run.world.set_wall_time(std::nullopt);
  }
  [[nodiscard]] ModelService& service() override { return connector_; }
  [[nodiscard]] std::unique_ptr<Actor> begin(std::uint64_t first_number) override {
    return std::make_unique<BtpProcess>(run, chaos, plan, first_number, connector_);
  }
  void beside(Actor& actor) override { rotate_token(connector_, actor); }
  void on_restart() override { connector_.restart(); }

 private:
  BtpConnector connector_{run, chaos, plan.limits};
};

const Registered btp_scenario("btp", play_in<BtpSetting>);

}  // namespace

}  // namespace kedge::rig
