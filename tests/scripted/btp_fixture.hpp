#pragma once
// A BTP client and a scripted connector on one simulated world.

#include <kedge/btp.hpp>

#include "crypto/digest.hpp"
#include "protocol/btp/message.hpp"
#include "protocol/btp/packet.hpp"
#include "support/world.hpp"

#include <array>
#include <functional>
#include <string>
#include <vector>

namespace kedge::test {

using Bytes = std::vector<std::byte>;
using Hash = std::array<std::byte, ilp::hash_bytes>;

inline Bytes bytes_of(std::string_view text) {
  const auto view = std::as_bytes(std::span(text.data(), text.size()));
  return {view.begin(), view.end()};
}
inline std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Hash hash_of(std::span<const std::byte> bytes) {
  Hash hash{};
  EXPECT(crypto::sha256(bytes, hash), "SHA-256 to work");
  return hash;
}

/// Encodes with a function of the codec into bytes of its own.
template <class Encode>
Bytes encoded(Encode&& encode) {
  std::array<std::byte, 4096> room;
  BufferSink sink{std::span<std::byte>(room)};
  encode(sink);
  EXPECT(!sink.failed(), "room for what a test encodes");
  return {room.begin(), room.begin() + static_cast<std::ptrdiff_t>(sink.size())};
}

/// A connector that does what a test scripts: it authenticates, and hands everything else to the test.
class BtpServer final : public server::Service {
 public:
  struct Seen {
    btp::MessageType type;
    std::uint32_t id;
    Bytes bytes;
    Bytes packet;
  };

  // What a test may change.
  btp::Dialect dialect = btp::Dialect::crosstown;
  bool answer_auth = true;
  std::uint16_t close_auth = 0;                  // not 0: closes with that code, without a word
  std::string refuse_auth;                       // not empty: the words of an ERROR
  std::function<void(const Seen&)> on_message_;  // all but authentication

  // What it saw.
  std::vector<Seen> seen;  // all but authentication
  std::vector<Bytes> first_messages;
  int opened = 0;
  std::vector<std::int32_t> closed;  // codes, as the layer that ended a line knows them
  bool pings_too = true;             // as the hub does by itself; real connectors do not
  server::Connection* line = nullptr;

  void say(const Bytes& bytes) {
    EXPECT(line != nullptr, "a line to speak on");
    EXPECT(line->send_binary(bytes), "room for the connector's message");
  }
  void say_packet(btp::MessageType type, std::uint32_t id, const ilp::Packet& packet) {
    say(encoded([&](Sink& sink) { (void)btp::encode_packet_message(sink, dialect, type, id, packet); }));
  }
  void answer(std::uint32_t id, const ilp::Packet& packet) {
    say_packet(btp::MessageType::response, id, packet);
  }
  void say_empty(btp::MessageType type, std::uint32_t id) {
    say(encoded([&](Sink& sink) { (void)btp::encode_empty_message(sink, dialect, type, id); }));
  }
  void say_error(std::uint32_t id, std::string_view code, std::string_view name, std::string_view data = {}) {
    say(encoded([&](Sink& sink) {
      const auto view = std::as_bytes(std::span(data.data(), data.size()));
      EXPECT(btp::encode_error(sink, dialect, id, {code, name, WallTime{}, view}).ok(),
             "an ERROR to be encoded");
    }));
  }

  bool serves(std::string_view) const noexcept override { return true; }
  server::Admission admit(const ws::UpgradeServer&) noexcept override { return {}; }
  void on_open(server::Connection& connection) noexcept override {
    ++opened;
    line = &connection;
    fresh_ = true;
  }
  void on_message(server::Connection&, ws::MessageType type,
                  std::span<const std::byte> bytes) noexcept override {
    EXPECT(type == ws::MessageType::binary, "binary messages only");
    const auto message = btp::decode_message(dialect, bytes);
    EXPECT(message.ok(), "the client to send what can be decoded");
    if (std::exchange(fresh_, false)) {
      first_messages.emplace_back(bytes.begin(), bytes.end());
      if (close_auth != 0) return line->close(close_auth, "");
      if (!refuse_auth.empty()) return say_error(message->request_id, "F00", "NotAcceptedError", refuse_auth);
      if (answer_auth) say_empty(btp::MessageType::response, message->request_id);
      return;
    }
    seen.push_back({message->type,
                    message->request_id,
                    {bytes.begin(), bytes.end()},
                    {message->packet.begin(), message->packet.end()}});
    if (on_message_) on_message_(seen.back());
  }
  bool pings() const noexcept override { return pings_too; }
  void on_closed(server::Connection& connection, const Error& why) noexcept override {
    closed.push_back(why ? why.layer_code() : 1000);
    if (line == &connection) line = nullptr;
  }

 private:
  bool fresh_ = false;
};

/// How a packet ended, copied out.
struct EndedPacket {
  Handle handle;
  Error error;
  std::string fulfillment;  // of a FULFILL
  std::string code;         // of a REJECT
  std::string data;
  Instant when;
};

class BtpWorld : public World<btp::Client, BtpServer> {
 public:
  explicit BtpWorld(btp::Dialect dialect = btp::Dialect::crosstown, btp::Config config = {},
                    const Limits& limits_in = Limits::small())
      : World("connector", "s3cret", 1, limits_in, btp::storage_bytes(limits_in)) {
    config.dialect = server.dialect = dialect;
    peer_id = config.peer_id;
    watch(config.client);
    client.emplace(port, std::move(config), limits, storage);
    ServerSetup server_config;
    server_config.service.connections_max = 8;
    server_config.service.limits = Limits::host();
    serve(server_config);
  }
  ~BtpWorld() { end(); }

  /// A packet whose fulfillment is SHA-256 of its data.
  ilp::Prepare prepare(std::string_view destination = "test.server.bob", std::string_view data = "hello") {
    data_ = bytes_of(data);
    fulfillment = hash_of(data_);
    condition_ = hash_of(fulfillment);
    return {107, *port.wall_time() + std::chrono::seconds{30}, condition_, destination, data_};
  }
  Result<Handle> send(const ilp::Prepare& packet, const btp::PacketOptions& options = {}) {
    inside_call = true;
    auto handle = client->send_packet(packet, completion(), options);
    inside_call = false;
    return handle;
  }
  btp::PacketCompletion completion() {
    return [this](const btp::PacketOutcome& outcome) noexcept {
      EXPECT(!inside_call, "no completion inside the call");
      EndedPacket end{outcome.request, outcome.error, {}, {}, {}, world.now()};
      if (const auto* fulfill = outcome.fulfill()) {
        end.fulfillment = text_of(fulfill->fulfillment);
        end.data = text_of(fulfill->data);
      }
      if (const auto* reject = outcome.reject()) {
        end.code = reject->code;
        end.data = text_of(reject->data);
      }
      ended.push_back(std::move(end));
    };
  }
  bool all_ended(std::size_t count, Duration bound = std::chrono::minutes{5}) {
    return world.run_until([&] { return ended.size() >= count; }, bound);
  }
  /// The packets that have arrived at the connector.
  bool arrived(std::size_t count) {
    return world.run_until([&] { return server.seen.size() >= count; }, std::chrono::minutes{1});
  }

  BtpServer& server = service;
  bool inside_call = false;
  Hash fulfillment{};  // of the packet prepared last
  std::vector<EndedPacket> ended;

 private:
  Bytes data_;
  Hash condition_{};
};

}  // namespace kedge::test
