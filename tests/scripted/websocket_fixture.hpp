#pragma once
// A raw WebSocket client and a scripted peer on one simulated world.

#include <kedge/sim/websocket_peer.hpp>
#include <kedge/websocket.hpp>

#include "link_fixture.hpp"

#include <string>
#include <vector>

namespace kedge::test {

/// How a message ended that was sent.
struct EndedMessage {
  Handle handle;
  Error error;
  Instant when;
};

class WebSocketWorld : public World<websocket::Client, EchoService> {
 public:
  explicit WebSocketWorld(websocket::Config config = {}, const Limits& limits_in = Limits::small(),
                          std::uint64_t seed = 1, std::string_view secret_in = {})
      : World("gateway", secret_in, seed, limits_in, websocket::storage_bytes(limits_in)) {
    EXPECT(gateway.listen(sim::ipv4(10, 0, 0, 1, 80)).ok(), "the peer to listen");
    watch(config.client);
    if (!config.on_message) {
      config.on_message = [this](const Message& message) noexcept {
        received.emplace_back(message.text());
        types.push_back(message.type);
        if (on_text) on_text(received.back());
      };
    }
    client.emplace(port, std::move(config), limits, storage);
  }
  ~WebSocketWorld() {
    on_text = {};
    end();
  }

  Result<Handle> send(std::string_view text, const websocket::SendOptions& options = {}) {
    inside_call = true;
    auto sent = client->send_text(text, completion(), options);
    inside_call = false;
    return sent;
  }
  Completion completion() {
    return [this](const Outcome& outcome) noexcept {
      EXPECT(!inside_call, "no completion inside the call");
      ended.push_back({outcome.request, outcome.error, world.now()});
    };
  }
  bool all_ended(std::size_t count, Duration bound = std::chrono::minutes{5}) {
    return world.run_until([&] { return ended.size() >= count; }, bound);
  }
  /// All that came to the peer, on all lines, oldest first.
  [[nodiscard]] std::vector<std::string> arrived() const {
    std::vector<std::string> all;
    for (std::size_t i = 1; i <= gateway.connections(); ++i) {
      for (const auto& message : gateway.connection(i)->messages()) all.push_back(message.payload);
    }
    return all;
  }

  sim::WebSocketPeer gateway{world};
  bool inside_call = false;
  std::function<void(const std::string&)> on_text;
  std::vector<std::string> received;
  std::vector<MessageType> types;
  std::vector<EndedMessage> ended;
};

}  // namespace kedge::test
