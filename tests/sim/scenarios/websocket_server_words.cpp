#include "websocket_server.hpp"

#include "../model/gossip.hpp"

#include <algorithm>

// What the server says, well or badly.

namespace kedge::rig {

using namespace std::chrono_literals;

void WebSocketServer::restart() {
  ++life_;
  jobs_ = 0;
}

// A word on that connection, should it still be there.
void WebSocketServer::later(std::uint64_t wire) {
  const auto talk = [this, wire, life = life_]() noexcept {
    if (life != life_) return;
    --jobs_;
    const auto peer = peers_.find(wire);
    if (peer == peers_.end() || !peer->second.wire->usable()) return;
    peer->second.half ? go_on(peer->second) : speak(peer->second);
  };
  const Duration delay = run_.rng.between(Duration(1ms), Duration(run_.rng.chance(100) ? 8s : 500ms));
  if (jobs_ < jobs_max && run_.world.at(after(run_.world.now(), delay), talk)) ++jobs_;
}

std::size_t WebSocketServer::some_size() {
  sim::Rng& rng = run_.rng;
  const std::uint64_t die = rng.between(std::uint64_t{0}, std::uint64_t{99});
  const std::uint64_t most = die < 85 ? 150 : die < 93 ? inbound_max_ : 2 * inbound_max_;
  if (die == 99)
    return inbound_max_ + static_cast<std::size_t>(rng.between(std::uint64_t{0}, std::uint64_t{1}));
  return static_cast<std::size_t>(rng.between(std::uint64_t{0}, most));
}

void WebSocketServer::speak() {
  const auto peer = peers_.find(latest_);
  if (peer != peers_.end() && run_.rng.chance(200)) speak(peer->second);
}

void WebSocketServer::speak(Peer& peer) {
  if (!peer.wire->usable()) return;
  if (peer.half) return go_on(peer);
  if (run_.mishap(150)) {
    switch (run_.rng.between(std::uint64_t{0}, std::uint64_t{5})) {
      case 0:
        return spoil(peer);
      case 1:
        return say_goodbye(*peer.wire);
      case 2:
        return flood(peer);
      case 3:
        return peer.wire->ping();
      case 4:
        return peer.wire->say_frame(10, true, "a pong nobody asked for");
      default:
        return cut(peer);
    }
  }
  say(peer, some_size(), run_.rng.chance(300));
}

void WebSocketServer::say(Peer& peer, std::size_t bytes, bool in_fragments) {
  const Said said{++said_, run_.rng.chance(500) ? MessageType::text : MessageType::binary, bytes};
  records_[peer.wire->number()].said.push_back(said);
  if (bytes > inbound_max_) run_.count(Fault::oversized);
  std::string body = message_body(said.number, said.type, said.bytes);
  if (!in_fragments) return peer.wire->say_frame(opcode_of(said.type), true, body);
  peer.half = Half{std::move(body), 0, opcode_of(said.type)};
  go_on(peer);
}

// Some fragments, empty ones too, with other frames between them; the rest comes later.
void WebSocketServer::go_on(Peer& peer) {
  sim::Rng& rng = run_.rng;
  Wire& wire = *peer.wire;
  while (wire.usable()) {
    Half& half = *peer.half;
    const std::size_t rest = half.body.size() - half.at;
    const std::size_t most = rng.chance(200) ? 3 : inbound_max_;
    const std::size_t size =
        std::min(rest, static_cast<std::size_t>(rng.between(std::uint64_t{0}, std::uint64_t{most})));
    const bool last = size == rest && rng.chance(700);
    wire.say_frame(std::exchange(half.opcode, std::uint8_t{0}), last,
                   std::string_view(half.body).substr(half.at, size));
    half.at += size;
    if (last) return peer.half.reset();
    if (run_.mishap(20)) return cut(peer);
    if (rng.chance(100)) wire.ping();
    if (rng.chance(300)) return later(wire.number());
  }
}

// In the middle of a message, or of a frame.
void WebSocketServer::cut(Peer& peer) {
  run_.count(Fault::cut_message);
  Wire& wire = *peer.wire;
  Record& record = records_[wire.number()];
  if (!peer.half) {
    record.said.push_back({++said_, MessageType::binary, some_size() + 1});
    const std::string frame =
        encode_frame(2, true, message_body(said_, MessageType::binary, record.said.back().bytes));
    wire.say_bytes(std::string_view(frame).substr(
        0, static_cast<std::size_t>(run_.rng.between(std::uint64_t{1}, frame.size() - 1))));
    record.half_said = true;
    return wire.drop();
  }
  peer.half.reset();
  record.half_said = true;
  run_.rng.chance(500) ? wire.drop() : say_goodbye(wire);
}

void WebSocketServer::flood(Peer& peer) {
  run_.count(Fault::flood);
  const std::uint64_t count = run_.rng.between(std::uint64_t{10}, std::uint64_t{40});
  for (std::uint64_t i = 0; i < count; ++i)
    say(peer, static_cast<std::size_t>(run_.rng.between(std::uint64_t{0}, std::uint64_t{200})), false);
}

void WebSocketServer::say_goodbye(Wire& wire) {
  run_.count(Fault::peer_close);
  const auto code = pick<std::uint16_t>(run_.rng, {0, 1000, 1001, 1008, 1011, 1012, 1013, 3000, 4000, 4999});
  if (code == 0) return wire.close(0, {});
  // Who was shown no credential knows none.
  const bool knows = dress_.credential != websocket::CredentialKind::none;
  if (knows && run_.rng.chance(300)) return wire.close(code, gossip(run_, "no more of you", token_));
  const auto bytes = static_cast<std::size_t>(run_.rng.between(std::uint64_t{0}, std::uint64_t{123}));
  wire.close(code, message_body(++said_, MessageType::text, bytes));
}

// What no client may take (RFC 6455 sections 5 and 8.1). Nothing that follows counts.
void WebSocketServer::spoil(Peer& peer) {
  run_.count(Fault::bad_frame);
  Wire& wire = *peer.wire;
  Record& record = records_[wire.number()];
  record.spoiled = record.said.size();
  break_rules(wire);
  wire.mute();
}

void WebSocketServer::break_rules(Wire& wire) {
  using std::string_view_literals::operator""sv;
  switch (run_.rng.between(std::uint64_t{0}, std::uint64_t{9})) {
    case 0:
      return wire.say_frame(3, true, "an opcode of no kind");
    case 1:
      return wire.say_bytes("\xC1\x01x"sv);  // a reserved bit
    case 2:
      return wire.say_frame(0, true, "goes on with nothing");
    case 3:
      wire.say_frame(1, false, "one message");
      return wire.say_frame(1, true, "inside of another");
    case 4:
      return wire.say_frame(9, false, "a ping in fragments");
    case 5:
      return wire.say_bytes(encode_frame(2, true, "masked", 0x12345678U));
    case 6:
      return wire.say_bytes("\x82\x7E\x00\x01x"sv);  // not the shortest length
    case 7:
      return wire.say_bytes("\x82\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFFx"sv);
    default:
      return spoil_text(wire);
  }
}

void WebSocketServer::spoil_text(Wire& wire) {
  const std::string body = message_body(++said_, MessageType::text, 40);
  const char* bad =
      pick<const char*>(run_.rng, {"\xFF", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82"});
  if (run_.rng.chance(500)) return wire.say_frame(1, true, body + bad);
  wire.say_frame(1, false, body);
  wire.say_frame(0, true, bad);
}

}  // namespace kedge::rig
