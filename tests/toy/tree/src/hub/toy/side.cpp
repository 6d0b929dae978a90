#include "side.hpp"

namespace kedge::hub::toy {

server::Offer ToySide::offer() {
  server::ServiceConfig config;
  config.connections_max = 4;
  config.limits = Limits::small();
  return {this, config};
}

void ToySide::on_message(server::Connection& connection, ws::MessageType,
                         std::span<const std::byte> payload) noexcept {
  const std::string_view text(reinterpret_cast<const char*>(payload.data()), payload.size());
  if (text.starts_with("hello ")) return (void)connection.send("welcome");
  if (text.starts_with("note ")) return;
  ++asked_;
  (void)connection.send(text);
}

std::unique_ptr<Side> make_side() {
  return std::make_unique<ToySide>();
}

}  // namespace kedge::hub::toy
