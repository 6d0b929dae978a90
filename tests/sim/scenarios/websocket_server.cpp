#include "websocket_server.hpp"

#include "support/spellings.hpp"

// What the client says to the server, and what must hold of it.

namespace kedge::rig {

namespace {

constexpr std::uint16_t protocol_error = 1002;
constexpr std::uint16_t no_utf8 = 1007;

}  // namespace

WebSocketServer::WebSocketServer(Run& run, Chaos& chaos, const Limits& limits)
    : run_(run), chaos_(chaos), inbound_max_(limits.inbound_message_bytes_max) {
  sim::Rng& rng = run_.rng;
  using Kind = websocket::CredentialKind;
  dress_.credential = pick(rng, {Kind::none, Kind::basic, Kind::bearer});
  if (rng.chance(500)) dress_.headers.emplace_back("X-Device", "sim");
  if (rng.chance(300)) dress_.headers.emplace_back("Origin", "http://gateway.example");
  for (const char* name : {"first.v2", "second.v1"}) {
    if (rng.chance(500)) dress_.subprotocols.emplace_back(name);
  }
  if (rng.chance(500)) dress_.user_agent = "kedge-sim/1";
}

std::string WebSocketServer::authorization() const {
  switch (dress_.credential) {
    case websocket::CredentialKind::basic:
      return "Authorization: Basic " + test::base64_of("u:" + token_, false) + "\r\n";
    case websocket::CredentialKind::bearer:
      return "Authorization: Bearer " + token_ + "\r\n";
    default:
      return {};
  }
}

// ---- the upgrade

ModelService::Reply WebSocketServer::on_upgrade(Wire& wire, const std::string& head) {
  const auto must_hold = [&](const std::string& line) {
    run_.check(head.find(line) != std::string::npos, "each upgrade shows what the configuration says",
               [&] { return line; });
  };
  for (const auto& [name, value] : dress_.headers) must_hold("\r\n" + name + ": " + value + "\r\n");
  if (!dress_.user_agent.empty()) must_hold("\r\nUser-Agent: " + dress_.user_agent + "\r\n");
  std::string offered;
  for (const std::string& name : dress_.subprotocols) offered += (offered.empty() ? "" : ", ") + name;
  if (!offered.empty()) must_hold("\r\nSec-WebSocket-Protocol: " + offered + "\r\n");
  if (head.find(authorization()) == std::string::npos) {
    run_.count(Fault::authentication);
    return {.status = 401};
  }
  run_.check(dress_.credential != websocket::CredentialKind::none ||
                 head.find("Authorization:") == std::string::npos,
             "nobody is shown a credential who is to be shown none", [&] { return head; });
  latest_ = wire.number();
  Record& record = records_[latest_];
  Reply reply;
  if (!dress_.subprotocols.empty() && run_.rng.chance(700))
    record.subprotocol = run_.rng.chance(500) ? dress_.subprotocols.front() : dress_.subprotocols.back();
  if (run_.mishap(20)) {
    run_.count(Fault::upgrade_failure);
    record.subprotocol = "never.offered";
  }
  reply.lines = std::string(wire_header) + ": " + std::to_string(wire.number()) + "\r\n";
  if (!record.subprotocol.empty()) reply.lines += "Sec-WebSocket-Protocol: " + record.subprotocol + "\r\n";
  return reply;
}

void WebSocketServer::on_open(Wire& wire, const std::string&) {
  Peer& peer = peers_[wire.number()];
  peer.wire = &wire;
  // In one piece with the 101.
  while (run_.rng.chance(300)) speak(peer);
}

// ---- messages

void WebSocketServer::on_message(Wire& wire, std::uint8_t opcode, std::string_view message) {
  std::deque<std::uint64_t>& coming = records_[wire.number()].coming;
  if (coming.empty())
    return run_.broke("only what was asked for arrives", std::string(message.substr(0, 40)));
  const std::uint64_t number = coming.front();
  coming.pop_front();
  const auto which = [&] {
    return "request " + std::to_string(number) + ", " + std::to_string(message.size()) + " bytes";
  };
  const auto [type, bytes] = sizes_.at(number);
  run_.check(opcode == opcode_of(type) && message == message_body(number, type, bytes),
             "a message arrives byte for byte", which);
  run_.check(arrived_.insert(number).second, "no message arrives twice", which);
  run_.check(!never_.contains(number), "what is said not to have left does not arrive", which);
  const auto peer = peers_.find(wire.number());
  if (peer == peers_.end()) return;
  if (run_.rng.chance(120)) speak(peer->second);
  if (run_.rng.chance(100)) {
    run_.count(Fault::late_answer);
    later(wire.number());
  }
}

std::size_t WebSocketServer::said_whole(std::uint64_t wire) {
  const Record& record = records_[wire];
  const auto peer = peers_.find(wire);
  const bool half = record.half_said || (peer != peers_.end() && peer->second.half);
  return record.said.size() - (half ? 1U : 0U);
}

void WebSocketServer::never_arrives(std::uint64_t number) {
  never_.insert(number);
  run_.check(!arrived_.contains(number), "what is said not to have left does not arrive",
             [&] { return "request " + std::to_string(number) + " is here"; });
}

// ---- goodbyes

void WebSocketServer::on_closing(Wire& wire, std::uint16_t code, std::string_view reason) {
  Record& record = records_[wire.number()];
  // A query is taken for a secret, too.
  const bool gossips = reason.find_first_of(":?") != std::string_view::npos;
  record.goodbye = {code, std::string(reason), gossips};
  record.allowed.insert(close_payload(code, {}));
}

void WebSocketServer::on_client_closing(Wire& wire, std::string_view payload) {
  const Record& record = records_[wire.number()];
  const auto code = [&](std::uint16_t wanted) { return payload.starts_with(close_payload(wanted, {})); };
  const bool for_a_breach = record.spoiled && (code(protocol_error) || code(no_utf8));
  run_.check(for_a_breach || record.allowed.contains(std::string(payload)),
             "the client closes with its user's code and words, or with the reason there is",
             [&] { return std::string(payload); });
}

}  // namespace kedge::rig
