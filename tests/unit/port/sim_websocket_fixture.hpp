#pragma once
// A scripted WebSocket peer on a world, and clients by hand that talk to it.

#include <kedge/sim/websocket_peer.hpp>

#include "scripted/raw_agent.hpp"

#include <memory>
#include <string>

namespace kedge::test {

using namespace std::chrono_literals;

/// A peer at 10.0.0.1:80.
class Meeting {
 public:
  explicit Meeting(const sim::WebSocketPeerConfig& config = {}, std::uint64_t seed = 1,
                   const sim::Capacity& capacity = {})
      : world(seed, capacity), peer(std::make_unique<sim::WebSocketPeer>(world, config)) {
    EXPECT(peer->listen(here).ok(), "the peer to listen");
  }

  /// A client that is connected, if the peer lets it, and has asked for nothing.
  std::unique_ptr<RawAgent> dial() {
    auto agent = std::make_unique<RawAgent>(world, here);
    world.run_for(10ms);
    return agent;
  }
  /// A client that has asked for an upgrade.
  std::unique_ptr<RawAgent> ask(std::string_view request = {}) {
    auto agent = dial();
    agent->raw(request.empty() ? RawAgent::upgrade_request() : std::string(request));
    world.run_for(10ms);
    return agent;
  }
  sim::WebSocketConnection& line() { return *peer->latest(); }

  const Address here = sim::ipv4(10, 0, 0, 1, 80);
  sim::World world;
  std::unique_ptr<sim::WebSocketPeer> peer;
};

/// An upgrade request with more lines, each with its CRLF.
inline std::string request_with(std::string_view target, std::string_view lines) {
  std::string request = RawAgent::upgrade_request(target);
  return request.insert(request.size() - 2, lines);
}

/// One frame of a client, masked with zeros.
inline std::string frame(std::uint8_t opcode, std::string_view payload, bool fin = true) {
  std::array<std::byte, ws::frame_header_bytes_max> out{};
  const std::size_t size = ws::encode_frame_header({.fin = fin,
                                                    .opcode = static_cast<ws::Opcode>(opcode),
                                                    .payload_bytes = payload.size(),
                                                    .masked = true,
                                                    .mask_key = 0},
                                                   out.data());
  return std::string(reinterpret_cast<const char*>(out.data()), size).append(payload);
}

}  // namespace kedge::test
