// BTP allocates nothing: 10,000 packets and 20 reconnects over the simulated network, in both dialects, where
// everything that runs is in fixed memory (allocations_test.cpp).

#include "hub/server.hpp"
#include "protocol/btp/message.hpp"
#include "protocol/btp/packet.hpp"
#include "support/allocations.hpp"
#include "support/cmocka.hpp"
#include "tls/digest.hpp"

#include <kedge/btp.hpp>
#include <kedge/port_sim.hpp>

#include <array>
#include <memory>

using namespace kedge;
using namespace kedge::test;
using allocations::Asker;
using btp::Dialect;
using btp::MessageType;

namespace {

constexpr int packets = 10'000;
constexpr int reconnects = 20;

/// Lets everybody in, asks a packet of its own with each answer, fulfils with SHA-256 of the data, and cuts
/// the line at a packet of amount 0.
class FixedConnector final : public hub::Service {
 public:
  explicit FixedConnector(Dialect dialect) : dialect_(dialect) {}
  [[nodiscard]] bool serves(std::string_view) const noexcept override { return true; }
  hub::Admission admit(const ws::UpgradeServer&) noexcept override { return {}; }
  void on_open(hub::Connection&) noexcept override {
    ++opened;
    fresh_ = true;
  }
  void on_closed(hub::Connection&, const Error&) noexcept override {}
  void on_turn(Instant) noexcept override {}
  [[nodiscard]] Instant next_deadline() const noexcept override { return never; }

  void on_message(hub::Connection& connection, ws::MessageType,
                  std::span<const std::byte> payload) noexcept override {
    const auto message = btp::decode_message(dialect_, payload);
    EXPECT(message.ok(), "the client to send what can be decoded");
    std::array<std::byte, 512> room{};
    BufferSink sink{std::span<std::byte>(room)};
    if (std::exchange(fresh_, false)) {
      (void)btp::encode_empty_message(sink, dialect_, btp::MessageType::response, message->request_id);
    } else if (message->type == btp::MessageType::response) {
      ++answered;
      return;
    } else {
      const auto packet = btp::decode_packet(dialect_, message->packet);
      const auto* prepare = packet ? std::get_if<ilp::Prepare>(&*packet) : nullptr;
      EXPECT(prepare != nullptr, "a PREPARE");
      if (prepare->amount == 0) return connection.cut();
      (void)btp::encode_packet_message(sink, dialect_, btp::MessageType::message, message->request_id,
                                       *prepare);
      EXPECT(connection.send_binary(sink.bytes()), "room for a packet of ours");
      std::array<std::byte, ilp::hash_bytes> fulfillment{};
      EXPECT(tls::sha256(prepare->data, fulfillment), "a hash");
      sink = BufferSink{std::span<std::byte>(room)};
      (void)btp::encode_packet_message(sink, dialect_, btp::MessageType::response, message->request_id,
                                       ilp::Fulfill{fulfillment, {}});
    }
    EXPECT(connection.send_binary(sink.bytes()), "room for an answer");
  }

  int opened = 0, answered = 0;

 private:
  const Dialect dialect_;
  bool fresh_ = false;
};

struct Run {
  explicit Run(Dialect dialect_in) : dialect(dialect_in) {
    const Address addresses[] = {sim::ipv4(10, 0, 0, 1)};
    world.set_name("connector", addresses);
    EXPECT(server.listen(sim::ipv4(10, 0, 0, 1, 80)).ok(), "the server to listen");
    EXPECT(tls::sha256(data, fulfillment) && tls::sha256(fulfillment, condition), "hashes");
    EXPECT(client.connect().ok(), "the client to start");
  }
  static hub::ServerConfig server_config() {
    hub::ServerConfig config;
    config.connections_max = 4;
    config.connection.limits = Limits::small();
    return config;
  }
  btp::Config client_config() {
    btp::Config config;
    config.client.url = "ws://connector/";
    config.client.credentials = [](Secret& secret) noexcept { return secret.assign("s3cret"); };
    config.client.backoff = {std::chrono::milliseconds{10}, std::chrono::milliseconds{10}, Jitter::none};
    config.dialect = dialect;
    config.on_packet = [this](const btp::IncomingPacket& packet) noexcept {
      EXPECT(client.answer(packet.id, ilp::Fulfill{fulfillment, {}}).ok(), "room for our answer");
    };
    return config;
  }
  void send(std::uint64_t amount) {
    ++started;
    const ilp::Prepare prepare{amount, *port.wall_time() + std::chrono::seconds{30}, condition,
                               "test.server.bob", data};
    EXPECT(client
               .send_packet(prepare,
                            [this](const btp::PacketOutcome& outcome) noexcept {
                              ++completed;
                              if (outcome.fulfill() == nullptr) ++failed;
                            })
               .ok(),
           "the packet to be taken");
  }
  void finish() {
    EXPECT(world.run_until([this] { return completed == started; }, std::chrono::minutes{5}),
           "every packet to end");
  }
  bool ready() {
    return world.run_until([this] { return client.is_connected(); }, std::chrono::minutes{1});
  }

  const Dialect dialect;
  std::array<std::byte, 64> data{};
  std::array<std::byte, ilp::hash_bytes> fulfillment{};
  std::array<std::byte, ilp::hash_bytes> condition{};
  sim::World world{7};
  sim::Port port{world};
  sim::Port server_port{world};
  sim::Listener listener{world};
  FixedConnector connector{dialect};
  hub::Service* services[1] = {&connector};
  hub::Server server{server_port, listener, nullptr, server_config(), services, LogHook{}};
  std::array<std::byte, storage_bytes(Limits::small())> storage;
  btp::Client client{port, client_config(), Limits::small(), storage};
  int started = 0, completed = 0, failed = 0;
};

void no_allocation_over_10000_packets_and_20_reconnects(void**) {
  if (!allocations::works()) skip();
  for (const Dialect dialect : {Dialect::crosstown, Dialect::btp2}) {
    const auto run = std::make_unique<Run>(dialect);
    EXPECT(run->ready(), "ready");
    allocations::start();
    for (int part = 0; part < reconnects; ++part) {
      for (int i = 0; i < packets / reconnects - 1; ++i) {
        run->send(107);
        if (run->started - run->completed >= 16) run->finish();
      }
      run->finish();
      run->send(0);
      run->finish();
      EXPECT(run->ready(), "ready again");
    }
    const allocations::Tally all = allocations::stop();
    if (all.of(Asker::program).calls != 0) allocations::print_program_stacks();
    EXPECT(run->completed == packets && run->failed == reconnects, "10,000 packets, of which 20 were lost");
    EXPECT(run->connector.opened == 1 + reconnects, "20 reconnects");
    EXPECT(run->connector.answered == packets - reconnects, "the peer's own packets were answered");
    EXPECT(all.of(Asker::program).calls == 0, "no allocation of the core, over all of it");
    run->client.close();
    EXPECT(run->world.run_until([&] { return run->client.state() == LinkState::closed; },
                                std::chrono::minutes{1}),
           "closed");
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(no_allocation_over_10000_packets_and_20_reconnects),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
