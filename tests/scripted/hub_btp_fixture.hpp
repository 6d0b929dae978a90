#pragma once
// The stand-in connector on a simulated world, and peers that talk to it by hand.

#include "crypto/digest.hpp"
#include "hub/btp/connector.hpp"
#include "hub/btp/words.hpp"
#include "program/hex.hpp"
#include "program/string_sink.hpp"
#include "protocol/btp/packet.hpp"
#include "raw_agent.hpp"
#include "support/server.hpp"

#include <array>
#include <memory>
#include <string>

namespace kedge::test {

using btp::Dialect;
using btp::MessageType;

inline constexpr std::string_view peer_token = "correct horse";
inline constexpr Dialect dialects[] = {Dialect::crosstown, Dialect::btp2};

inline std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
inline std::string hex(std::string_view bytes) {
  return program::to_hex(bytes_of(bytes));
}
inline std::string unhex(std::string_view digits) {
  const auto bytes = program::from_hex(digits);
  EXPECT(bytes.has_value(), "a test's own hexadecimal text");
  return *bytes;
}
inline std::string hash_of(std::string_view text) {
  std::array<std::byte, 32> hash{};
  EXPECT(crypto::sha256(bytes_of(text), hash), "SHA-256 to work");
  return std::string(text_of(hash));
}

/// A PREPARE whose condition is that of SHA-256(data), with the texts it is made of.
struct Asked {
  std::string destination;
  std::string data = "some data";
  std::string condition = hash_of(hash_of(data));
  std::chrono::milliseconds expires_at{1'767'225'660'000};  // a minute after the simulated world's beginning

  [[nodiscard]] ilp::Prepare prepare() const {
    return {107, WallTime(expires_at), bytes_of(condition), destination, bytes_of(data)};
  }
};

/// What came, in words: "RESPONSE 2: FULFILL <hex> <data>", "RESPONSE 2: REJECT F02 test.hub no route",
/// "RESPONSE 2", "ERROR 2: F00 BTPError <data>", "MESSAGE 7: PREPARE 107 test.bob <data>".
inline std::string words_of(Dialect dialect, std::string_view bytes) {
  const auto message = btp::decode_message(dialect, bytes_of(bytes));
  if (!message) return std::string(message.error().message());
  const char* type = message->type == btp::MessageType::response ? "RESPONSE " : "MESSAGE ";
  if (message->type == btp::MessageType::error) type = "ERROR ";
  std::string words = type + std::to_string(message->request_id);
  if (message->type == btp::MessageType::error) {
    words += ": " + std::string(message->code) + " " + std::string(message->name);
    return message->data.empty() ? words : words + " " + std::string(text_of(message->data));
  }
  if (message->packet.empty()) return words;
  const auto packet = btp::decode_packet(dialect, message->packet);
  if (!packet) return words + ": " + std::string(packet.error().message());
  if (const auto* fulfill = std::get_if<ilp::Fulfill>(&*packet)) {
    return words + ": FULFILL " + program::to_hex(fulfill->fulfillment) + " " +
           std::string(text_of(fulfill->data));
  }
  if (const auto* reject = std::get_if<ilp::Reject>(&*packet)) {
    return words + ": REJECT " + std::string(reject->code) + " " + std::string(reject->triggered_by) + " " +
           std::string(reject->message);
  }
  const auto& prepare = std::get<ilp::Prepare>(*packet);
  return words + ": PREPARE " + std::to_string(prepare.amount) + " " + std::string(prepare.destination) +
         " " + std::string(text_of(prepare.data));
}

/// The words for what the default route answers.
inline std::string fulfilled(std::uint32_t id, std::string_view data_asked = "some data",
                             std::string_view data = {}) {
  return "RESPONSE " + std::to_string(id) + ": FULFILL " + hex(hash_of(data_asked)) + " " + std::string(data);
}
inline std::string rejected(std::uint32_t id, std::string_view code, std::string_view message) {
  return "RESPONSE " + std::to_string(id) + ": REJECT " + std::string(code) + " test.hub " +
         std::string(message);
}

/// A line to the connector, by hand, in one dialect.
struct RawPeer {
  std::unique_ptr<RawAgent> agent;
  Dialect dialect;
  std::size_t read = 0;

  /// The words for the next message that has come; empty: none has.
  std::string next() {
    return read < agent->messages.size() ? words_of(dialect, agent->messages[read++]) : std::string();
  }
  void say(std::string_view bytes) { agent->frame(ws::Opcode::binary, bytes); }
  void say(btp::MessageType type, std::uint32_t id, const ilp::Packet& packet) {
    say(hub::btp::packet_message(dialect, type, id, packet));
  }
  void answer(std::uint32_t id, const ilp::Packet& packet) { say(btp::MessageType::response, id, packet); }
};

class ConnectorWorld {
 public:
  explicit ConnectorWorld(std::string_view json = "{}", hub::btp::PeerTokens tokens = any_peer())
      : connector(hub::btp::read_config(json), std::move(tokens)) {
    ServerSetup server_config{.server = {}, .service = hub::btp::connector_service_config()};
    server_config.service.connections_max = 6;
    server_config.server.refusals_max = 1;
    server_config.service.limits.outbound_bytes = 4 * 1024 * 1024;  // less to clear in each test
    server = std::make_unique<TestServer>(
        port, listener, nullptr, server_config, services, [this](const LogRecord& record) noexcept {
          logged += std::string(record.event) + ": " + std::string(record.message) + "\n";
        });
    connector.attach(*server);
    EXPECT(server->listen(address).ok(), "the simulated server to listen");
  }
  ~ConnectorWorld() { EXPECT(!contains(logged, peer_token.substr(0, 8)), "no token in the log"); }

  static hub::btp::PeerTokens any_peer() {
    hub::btp::PeerTokens tokens;
    EXPECT(tokens.add("*", peer_token).ok(), "a token to be taken");
    return tokens;
  }
  /// Upgraded at a path, with a dialect in mind.
  RawPeer open(Dialect dialect, std::string_view path = {}) {
    if (path.empty()) path = dialect == Dialect::crosstown ? "/btp" : "/btp2";
    auto agent = std::make_unique<RawAgent>(world, address);
    EXPECT(world.run_until([&] { return agent->connected; }, std::chrono::seconds{1}), "a TCP connection");
    agent->raw(RawAgent::upgrade_request(path));
    EXPECT(world.run_until([&] { return agent->status() != 0; }, std::chrono::seconds{1}), "an answer");
    run(std::chrono::milliseconds{10});
    return {std::move(agent), dialect};
  }
  /// Sends, and gives the words for the next message that comes within `wait`.
  std::string ask(RawPeer& peer, std::string_view bytes, Duration wait = std::chrono::milliseconds{20}) {
    peer.say(bytes);
    run(wait);
    return peer.next();
  }
  std::string ask(RawPeer& peer, std::uint32_t id, const Asked& asked,
                  Duration wait = std::chrono::milliseconds{20}) {
    return ask(peer, hub::btp::packet_message(peer.dialect, btp::MessageType::message, id, asked.prepare()),
               wait);
  }
  static std::string auth(Dialect dialect, std::uint32_t id, std::string_view peer,
                          std::string_view token = peer_token) {
    program::StringSink sink;
    EXPECT(btp::encode_auth(sink, dialect, id, peer, token).ok(), "an auth message");
    return sink.take();
  }
  std::string authenticate(RawPeer& peer, std::string_view name, std::string_view token = peer_token) {
    return ask(peer, auth(peer.dialect, 1, name, token));
  }
  /// Connected and authenticated.
  RawPeer peer(std::string_view name = "alice", Dialect dialect = Dialect::crosstown) {
    RawPeer peer = open(dialect);
    EXPECT_TEXT(authenticate(peer, name), "RESPONSE 1");
    return peer;
  }
  void run(Duration length) { world.run_for(length); }

  Address address = sim::ipv4(10, 0, 0, 1, 80);
  sim::World world{1};
  sim::Port port{world};
  sim::Listener listener{world};
  hub::btp::Connector connector;
  std::string logged;  // "event: message" a line
  std::array<server::Service*, 1> services{&connector};
  std::unique_ptr<TestServer> server;
};

}  // namespace kedge::test
