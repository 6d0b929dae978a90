// A client that speaks nothing above WebSocket: see websocket_process.hpp (the client and what watches it)
// and websocket_server.hpp.

#include "../play.hpp"
#include "../scenario.hpp"
#include "websocket_process.hpp"

namespace kedge::rig {

namespace {

class WebSocketSetting final : public Setting {
 public:
  using Setting::Setting;
  [[nodiscard]] ModelService& service() override { return server_; }
  [[nodiscard]] std::unique_ptr<Actor> begin(std::uint64_t first_number) override {
    return std::make_unique<WebSocketProcess>(run, chaos, plan, first_number, server_);
  }
  void beside(Actor& actor) override {
    rotate_token(server_, actor);
    server_.speak();
  }
  void on_restart() override { server_.restart(); }

 private:
  WebSocketServer server_{run, chaos, plan.limits};
};

const Registered websocket_scenario("websocket", play_in<WebSocketSetting>);

}  // namespace

}  // namespace kedge::rig
