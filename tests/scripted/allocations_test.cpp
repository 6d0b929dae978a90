// The core allocates nothing: 10,000 requests and 20 reconnects over the simulated network, for each
// protocol, where everything that runs - client, server, network and this test - is in fixed memory, so that
// no allocation of the program is forgiven.

#include "support/allocations.hpp"
#include "crypto/digest.hpp"
#include "protocol/btp/message.hpp"
#include "protocol/btp/packet.hpp"
#include "support/cmocka.hpp"
#include "support/server.hpp"

#include <kedge/agent_gate.hpp>
#include <kedge/btp.hpp>
#include <kedge/port_sim.hpp>

#include <array>
#include <cstdio>
#include <memory>

using namespace kedge;
using namespace kedge::test;
using allocations::Asker;
using btp::Dialect;
using btp::MessageType;

namespace {

constexpr int requests = 10'000;
constexpr int reconnects = 20;

/// Lets everybody in. In buffers of its own.
class FixedService : public server::Service {
 public:
  [[nodiscard]] bool serves(std::string_view) const noexcept override { return true; }
  server::Admission admit(const ws::UpgradeServer&) noexcept override { return {}; }
  void on_open(server::Connection&) noexcept override {
    ++opened;
    fresh = true;
  }
  void on_closed(server::Connection&, const Error&) noexcept override {}

  int opened = 0;
  bool fresh = false;  // nobody has said a word on this line
};

/// A client and its server. `Side` is the server, and says how the client is used.
template <class Side>
struct Run {
  explicit Run(const Side& side_in = {}) : side(side_in) {
    const Address addresses[] = {sim::ipv4(10, 0, 0, 1)};
    world.set_name("gateway", addresses);
    EXPECT(server.listen(sim::ipv4(10, 0, 0, 1, 80)).ok(), "the server to listen");
    EXPECT(client.connect().ok(), "the client to start");
  }
  static ServerSetup server_config() {
    ServerSetup config;
    config.service.connections_max = 4;
    config.service.limits = Limits::small();
    return config;
  }
  typename Side::Config client_config() {
    typename Side::Config config;
    config.client.url = "ws://gateway/";
    config.client.credentials = [](Secret& secret) noexcept { return secret.assign("token"); };
    side.configure(config, client);
    return config;
  }
  /// One request; or one whose line does not live to carry its answer.
  void request(bool cut = false) {
    ++started;
    const auto over = [this](bool ok) noexcept { ++(ok ? completed : failed); };
    EXPECT(side.request(client, port, cut, over), "the request to be taken");
  }
  [[nodiscard]] int open() const { return started - completed - failed; }
  void finish() {
    EXPECT(world.run_until([this] { return open() == 0; }, std::chrono::minutes{5}), "every request to end");
  }
  void wait(LinkState state) {
    EXPECT(world.run_until([=, this] { return client.state() == state; }, std::chrono::minutes{1}),
           "the state");
  }
  void play() {
    wait(LinkState::ready);
    allocations::start();
    allocations::Tally attempts;
    for (int part = 0; part < reconnects; ++part) {
      for (int i = 0; i < requests / reconnects - 1; ++i) {
        request();
        if (open() >= 16) finish();
      }
      finish();
      const allocations::Tally before = allocations::so_far();
      request(true);
      finish();
      wait(LinkState::ready);
      attempts += allocations::so_far() - before;
    }
    const allocations::Tally all = allocations::stop();
    (all - attempts).print("a request", requests - reconnects);
    attempts.print("an attempt, both ends", reconnects);
    if (all.of(Asker::program).calls != 0) allocations::print_program_stacks();
    EXPECT(completed + failed == requests && failed == side.lost(), "10,000 requests with their result");
    EXPECT(side.opened == 1 + reconnects && client.statistics().connects == 1 + reconnects, "20 reconnects");
    EXPECT(all.of(Asker::program).calls == 0, "no allocation of the core, over all of it");
    EXPECT(attempts.of(Asker::wslay).calls == 2 * reconnects, "wslay's one context an attempt, at both ends");
    EXPECT((all - attempts).of(Asker::wslay).calls == 0, "nothing of wslay's a message");
    client.close();
    wait(LinkState::closed);
  }

  sim::World world{7};
  sim::Port port{world};
  sim::Port server_port{world};
  sim::Listener listener{world};
  Side side;
  server::Service* services[1] = {&side};
  TestServer server{server_port, listener, nullptr, server_config(), services, LogHook{}};
  typename Side::Storage storage;
  typename Side::Client client{port, client_config(), storage};
  int started = 0, completed = 0, failed = 0;
};

/// Answers every tool with its arguments, and cuts the line at the tool `cut`, whose result is then a row.
class FixedGate final : public FixedService {
 public:
  using Client = agent_gate::Client;
  using Storage = agent_gate::Storage<agent_gate::Limits::small()>;
  using Config = agent_gate::Config;
  static void configure(Config&, Client&) {}
  template <class Over>
  static bool request(Client& client, Port&, bool cut, const Over& over) {
    return client
        .tool_request(cut ? "cut" : "echo", cut ? "{}" : R"({"entity_id":"sensor.temp","unit":"celsius"})",
                      [over](const Outcome& outcome) noexcept { over(outcome.ok()); })
        .ok();
  }
  static int lost() { return 0; }

  void on_message(server::Connection& connection, ws::MessageType,
                  std::span<const std::byte> payload) noexcept override {
    const std::string_view text(reinterpret_cast<const char*>(payload.data()), payload.size());
    const std::string_view method = member(text, R"("method":")", "\"");
    const std::string_view id = member(text, R"("id":)", "}");
    if (method == "auth") {
      reply(connection, id, R"({"status":"authenticated"})", "", "");
    } else if (method == "get_pending_results") {
      reply(connection, id, R"({"results":[)", {row_.data(), row_size_}, "]}");
      row_size_ = 0;
    } else if (member(text, R"("tool":")", "\"") == "cut") {
      make_row(id);
      connection.cut();
    } else {
      reply(connection, id, R"({"status":"executed","data":)", member(text, R"("args":)", "},\"id\""), "}");
    }
  }

 private:
  static std::string_view member(std::string_view text, std::string_view name,
                                 std::string_view end) noexcept {
    const std::size_t begin = text.find(name);
    if (begin == std::string_view::npos) return {};
    const std::string_view rest = text.substr(begin + name.size());
    return rest.substr(0, rest.find(end));
  }
  void make_row(std::string_view id) noexcept {
    const int size =
        std::snprintf(row_.data(), row_.size(),
                      R"({"request_id":"%.*s","tool_name":"cut","args":"{}","signature":"",)"
                      R"("result":"{\"status\":\"executed\",\"data\":{}}","created_at":1,"expires_at":2})",
                      static_cast<int>(id.size()), id.data());
    row_size_ = static_cast<std::size_t>(size);
  }
  static void reply(server::Connection& connection, std::string_view id, std::string_view begin,
                    std::string_view middle, std::string_view end) noexcept {
    std::array<char, 1024> text;
    BufferSink sink(std::as_writable_bytes(std::span(text)));
    for (const std::string_view part : {std::string_view(R"({"jsonrpc":"2.0","result":)"), begin, middle, end,
                                        std::string_view(R"(,"id":)"), id, std::string_view("}")}) {
      sink.write(part);
    }
    EXPECT(connection.send(sink.text()), "room for an answer");
  }

  std::array<char, 512> row_{};
  std::size_t row_size_ = 0;
};

/// Asks a packet of its own with each answer, fulfils with SHA-256 of the data, and cuts the line at a packet
/// of amount 0.
class FixedConnector final : public FixedService {
 public:
  using Client = btp::Client;
  using Storage = btp::Storage<Limits::small()>;
  using Config = btp::Config;
  explicit FixedConnector(Dialect dialect) : dialect_(dialect) {
    EXPECT(crypto::sha256(data_, fulfillment_) && crypto::sha256(fulfillment_, condition_), "hashes");
  }
  void configure(Config& config, Client& client) {
    config.client.backoff = {std::chrono::milliseconds{10}, std::chrono::milliseconds{10}, Jitter::none};
    config.dialect = dialect_;
    config.on_packet = [this, &client](const btp::IncomingPacket& packet) noexcept {
      EXPECT(client.answer(packet.id, ilp::Fulfill{fulfillment_, {}}).ok(), "room for our answer");
    };
  }
  template <class Over>
  bool request(Client& client, Port& port, bool cut, const Over& over) {
    const ilp::Prepare prepare{cut ? 0U : 107U, *port.wall_time() + std::chrono::seconds{30}, condition_,
                               "test.server.bob", data_};
    return client
        .send_packet(prepare, [over](const btp::PacketOutcome& outcome) noexcept { over(outcome.fulfill()); })
        .ok();
  }
  static int lost() { return reconnects; }

  void on_message(server::Connection& connection, ws::MessageType,
                  std::span<const std::byte> payload) noexcept override {
    const auto message = btp::decode_message(dialect_, payload);
    EXPECT(message.ok(), "the client to send what can be decoded");
    std::array<std::byte, 512> room{};
    BufferSink sink{std::span<std::byte>(room)};
    if (std::exchange(fresh, false)) {
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
      EXPECT(crypto::sha256(prepare->data, fulfillment), "a hash");
      sink = BufferSink{std::span<std::byte>(room)};
      (void)btp::encode_packet_message(sink, dialect_, btp::MessageType::response, message->request_id,
                                       ilp::Fulfill{fulfillment, {}});
    }
    EXPECT(connection.send_binary(sink.bytes()), "room for an answer");
  }

  int answered = 0;

 private:
  const Dialect dialect_;
  std::array<std::byte, 64> data_{};
  std::array<std::byte, ilp::hash_bytes> fulfillment_{};
  std::array<std::byte, ilp::hash_bytes> condition_{};
};

void the_counter_sees_the_programs_own_allocations(void**) {
  if (!allocations::works()) skip();
  allocations::start();
  ::operator delete(::operator new(32));  // by name: a pair of expressions may be optimised away
  const allocations::Tally tally = allocations::stop();
  EXPECT(tally.of(Asker::program).calls == 1 && tally.of(Asker::program).bytes == 32,
         "operator new to be seen");
}

void no_allocation_over_10000_requests_and_20_reconnects(void**) {
  if (!allocations::works()) skip();
  std::make_unique<Run<FixedGate>>()->play();
}

void no_allocation_over_10000_packets_and_20_reconnects(void**) {
  if (!allocations::works()) skip();
  for (const Dialect dialect : {Dialect::crosstown, Dialect::btp2}) {
    const auto run = std::make_unique<Run<FixedConnector>>(FixedConnector(dialect));
    run->play();
    EXPECT(run->side.answered == requests - reconnects, "the peer's own packets were answered");
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_counter_sees_the_programs_own_allocations),
      cmocka_unit_test(no_allocation_over_10000_requests_and_20_reconnects),
      cmocka_unit_test(no_allocation_over_10000_packets_and_20_reconnects),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
