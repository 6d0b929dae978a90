// kedge-hub's connector with two peers, one in each dialect: what they do is a script.
//   aN..., bN...: a message of N bytes by hand; pXY: alice sends packet Y to address X, PXY: bob does; rX,
//   RX: bob, alice answer what they were asked last; xN...: raw bytes of alice's; d, D: alice, bob dial
//   again; tN: time goes on.
#include "crypto/digest.hpp"
#include "hub/btp/connector_operator.hpp"
#include "hub/btp/words.hpp"
#include "hub/operator_routes.hpp"
#include "program/string_sink.hpp"
#include "protocol/btp/packet.hpp"

#include "../../support/server.hpp"
#include "../fuzz.hpp"
#include "../wire_end.hpp"

#include <array>
#include <memory>

using namespace kedge;
using namespace kedge::fuzz;
using namespace kedge::hub;
using kedge::btp::Dialect;
using kedge::btp::MessageType;

namespace {

constexpr std::string_view file = R"({"packets_max": 6, "forward_timeout_ms": 5000, "routes": [
  {"prefix": "test.ok"}, {"prefix": "test.no", "reject": {"code": "T04"}}, {"prefix": "test.alice", "forward": "alice"},
  {"prefix": "test.bob", "forward": "bob"}, {"prefix": "test.slow", "delay_ms": 3000}, {"prefix": "test.back", "reverse": 2},
  {"prefix": "test.late", "forward": "bob", "delay_ms": 500}, {"prefix": "test.twice", "habit": "twice"},
  {"prefix": "test.wrong", "habit": "wrong_id"}, {"prefix": "test.empty", "habit": "empty"},
  {"prefix": "test.throw", "habit": "throw"}, {"prefix": "test.silent", "habit": "silent"}, {"prefix": "test.cut", "habit": "cut"}]})";
constexpr std::array<std::string_view, 14> addresses = {
    "test.ok",    "test.no",    "test.alice", "test.bob",   "test.slow",   "test.back", "test.late",
    "test.twice", "test.wrong", "test.empty", "test.throw", "test.silent", "test.cut",  "g.none"};

template <Dialect dialect>
void must_be_btp(ws::MessageType type, std::span<const std::byte> payload) {
  const auto message = kedge::btp::decode_message(dialect, payload);
  PROMISE(type == ws::MessageType::binary && message.ok(), "our side sends BTP");
  PROMISE(message->packet.empty() || kedge::btp::decode_packet(dialect, message->packet).ok(),
          "with packets that can be read");
}

test::ServerSetup server_setup() {
  test::ServerSetup config{.server = {}, .service = hub::btp::connector_service_config()};
  config.service.connections_max = 4;
  config.server.refusals_max = 1;
  config.service.message_buffers = 4;
  config.service.limits = Limits::small();
  config.service.limits.inbound_message_bytes_max = 4096;
  return config;
}

hub::btp::PeerTokens tokens() {
  hub::btp::PeerTokens tokens;
  PROMISE(tokens.add("*", "token").ok(), "a token is taken");
  return tokens;
}

/// A line to the connector, by hand.
struct End {
  Dialect dialect;
  const char* peer_id;
  WireEnd wire;
};

class ConnectorRun {
 public:
  explicit ConnectorRun(std::uint8_t seed)
      : world_(
            seed,
            {.ports = 1, .hosts = 2, .connections = 8, .buffer_bytes = 32 * 1024, .names = 1, .actions = 1}) {
    server_ =
        std::make_unique<test::TestServer>(port_, listener_, nullptr, server_setup(), services_, LogHook{});
    connector_.attach(*server_);
    PROMISE(server_->listen(address_).ok(), "a server that listens");
    dial(alice_);
    dial(bob_);
  }
  ~ConnectorRun() {
    server_->shut_down([this]() noexcept { down_ = true; });
    world_.run_for(std::chrono::seconds{30});
    PROMISE(down_ && server_->connection_count() == 0, "a server that was told to go is gone");
    PROMISE(connector_.packets_forwarded() + connector_.packets_delayed() + connector_.packets_held() == 0,
            "and keeps no packets");
  }

  void step(Input& input) {
    const std::uint8_t letter = input.byte();
    const bool of_bob = letter == 'b' || letter == 'P' || letter == 'r' || letter == 'D';
    End& end = of_bob ? bob_ : alice_;
    if (letter == 't') {
      world_.run_for(std::chrono::milliseconds{1} * (1U << input.byte() % 16U));
    } else if (letter == 'd' || letter == 'D') {
      dial(end);
    } else if (letter == 'p' || letter == 'P') {
      const std::uint8_t where = input.byte();
      send(end, addresses[where % addresses.size()], input.byte());
    } else if (letter == 'r' || letter == 'R') {
      answer(end, input.byte());
    } else if (letter == 'x') {
      end.wire.raw(input.take(input.byte()));
    } else {
      end.wire.frame(2, true, input.take(input.byte()));
    }
    world_.run_for(std::chrono::milliseconds{10});
    check();
  }

 private:
  void dial(End& end) {
    end.wire.attach(hosts_.dial(address_));
    world_.run_for(std::chrono::milliseconds{10});
    end.wire.raw(std::string("GET ") + (end.dialect == Dialect::crosstown ? "/btp" : "/btp2") +
                 " HTTP/1.1\r\nHost: hub\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    world_.run_for(std::chrono::milliseconds{10});
    program::StringSink auth;
    PROMISE(kedge::btp::encode_auth(auth, end.dialect, 1, end.peer_id, "token").ok(),
            "who we are can be said");
    end.wire.frame(2, true, auth.text());
    world_.run_for(std::chrono::milliseconds{10});
  }

  void send(End& end, std::string_view destination, std::uint8_t number) {
    std::array<std::byte, 32> fulfillment{};
    std::array<std::byte, 32> condition{};
    const std::string data(number % 8U, 'x');
    PROMISE(crypto::sha256(as_bytes(data), fulfillment) && crypto::sha256(fulfillment, condition), "hashes");
    const ilp::Prepare prepare{number, *world_.wall_time() + std::chrono::milliseconds{number * 100},
                               condition, destination, as_bytes(data)};
    end.wire.frame(
        2, true,
        hub::btp::packet_message(end.dialect, kedge::btp::MessageType::message, 2U + number, prepare));
  }

  // What it was asked last, whether that was answered before or not.
  void answer(End& end, std::uint8_t how) {
    for (auto text = end.wire.messages.rbegin(); text != end.wire.messages.rend(); ++text) {
      const auto message = kedge::btp::decode_message(end.dialect, as_bytes(*text));
      if (message->type != kedge::btp::MessageType::message) continue;
      const std::string hash(32, static_cast<char>(how));
      std::string reply = hub::btp::empty_response(end.dialect, message->request_id);
      if (how % 4U == 0) {
        reply = hub::btp::packet_message(end.dialect, kedge::btp::MessageType::response, message->request_id,
                                         ilp::Fulfill{as_bytes(hash), {}});
      } else if (how % 4U == 1) {
        reply = hub::btp::packet_message(end.dialect, kedge::btp::MessageType::response, message->request_id,
                                         ilp::Reject{"F99", "test.bob", "no", {}});
      } else if (how % 4U == 2) {
        reply = hub::btp::error_message(end.dialect, message->request_id, "F00", "Error", {}, WallTime{});
      }
      return end.wire.frame(2, true, reply);
    }
  }

  void check() {
    const hub::btp::Counters& counters = connector_.counters();
    const std::size_t forwarded = connector_.packets_forwarded();
    PROMISE(forwarded + connector_.packets_delayed() + connector_.packets_held() <= 6,
            "tables keep their bounds");
    PROMISE(counters.fulfilled + counters.rejected + forwarded <= counters.packets,
            "a packet has one answer");
    PROMISE(counters.fulfilled + counters.rejected + forwarded + counters.undelivered >= counters.packets,
            "and none is forgotten");
    PROMISE(counters.forwarded <= counters.packets && counters.authentications <= counters.connections,
            "each is counted once");
    HttpRequest request;
    request.method = "GET";
    request.path = "/btp";
    request.host = "localhost";
    const HttpAnswer answer = answer_operator(request, *server_, parts_);
    PROMISE(answer.status == 200 && json::parse(answer.body, 8).ok(), "the operator can see it");
  }

  const Address address_ = sim::ipv4(10, 0, 0, 1, 80);
  sim::World world_;
  sim::Port port_{world_};
  sim::Listener listener_{world_, 8};
  hub::btp::Connector connector_{hub::btp::read_config(file), tokens()};
  std::array<server::Service*, 1> services_{&connector_};
  hub::btp::ConnectorOperator operator_{connector_};
  std::array<OperatorPart*, 1> parts_{&operator_};
  std::unique_ptr<test::TestServer> server_;
  End alice_{Dialect::crosstown, "alice", WireEnd(ws::Role::client, must_be_btp<Dialect::crosstown>)};
  End bob_{Dialect::btp2, "bob", WireEnd(ws::Role::client, must_be_btp<Dialect::btp2>)};
  sim::PeerHost hosts_{world_, [this](sim::Peer peer, sim::PeerEvent) noexcept {
                         if (peer == alice_.wire.peer()) alice_.wire.read();
                         if (peer == bob_.wire.peer()) bob_.wire.read();
                       }};
  bool down_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  ConnectorRun run(input.byte());
  for (int i = 0; i < 60 && !input.empty(); ++i) run.step(input);
  return 0;
}
