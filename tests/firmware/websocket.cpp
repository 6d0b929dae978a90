// A firmware with a plain WebSocket.
#include <kedge/port_none.hpp>
#include <kedge/websocket.hpp>

#include "common.hpp"

using namespace kedge;

namespace {

class Zeros final : public websocket::Source {
 public:
  Result<websocket::Filled> fill(std::span<std::byte> room) noexcept override {
    return websocket::Filled{room.size(), true};
  }
};

}  // namespace

static websocket::Storage<Limits::tiny()> storage;

int main() {
  none::Port port;
  Zeros zeros;
  websocket::Config config;
  firmware::listen(config.client);
  config.credential = websocket::CredentialKind::basic;
  config.on_open = [](const Opened& opened) noexcept { firmware::take(&opened, sizeof opened); };
  config.on_message = [](const Message& message) noexcept { firmware::take(&message, sizeof message); };
  config.on_piece = [](const websocket::Piece& piece) noexcept { firmware::take(&piece, sizeof piece); };
  config.on_discarded = [](MessageType, std::uint64_t) noexcept { firmware::take("discarded"); };
  websocket::Client client(port, std::move(config), storage);
  firmware::take(client.send_text("hello", firmware::on_completion));
  firmware::take(client.send_pieces(MessageType::binary, zeros, std::nullopt, firmware::on_completion));
  client.source_ready();
  client.pause();
  client.resume();
  firmware::take(client.subprotocol());
  if (client.peer_said_goodbye()) firmware::take(client.peer_close().reason);
  firmware::take(client.close(1000, "bye"));
  firmware::call(client);
}
