// A firmware that sends and takes Interledger packets.
#include <kedge/btp.hpp>
#include <kedge/port_none.hpp>

#include "common.hpp"

using namespace kedge;

static btp::Storage<Limits::tiny()> storage;

int main() {
  none::Port port;
  btp::Config config;
  firmware::listen(config.client);
  config.on_packet = [](const btp::IncomingPacket& packet) noexcept {
    firmware::take(&packet, sizeof packet);
  };
  btp::Client client(port, std::move(config), storage);
  firmware::take(client.send_packet(ilp::Prepare{}, [](const btp::PacketOutcome& outcome) noexcept {
    firmware::take(outcome.error);
    firmware::take(&outcome.answer, sizeof outcome.answer);
  }));
  firmware::take(client.answer({}, ilp::Fulfill{}));
  firmware::take(client.answer({}, ilp::Reject{}));
  firmware::call(client);
}
