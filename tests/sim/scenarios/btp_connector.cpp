#include "btp_connector.hpp"

#include <charconv>

// What the client says to the connector, and what must hold of it.

namespace kedge::rig {

using namespace std::chrono_literals;

namespace {

constexpr std::string_view address = "test.n";
constexpr std::size_t address_digits = 8;
constexpr std::size_t recent_max = 16;

}  // namespace

std::uint64_t BtpConnector::number_in(std::string_view bytes) {
  const std::size_t at = bytes.find(address);
  std::uint64_t number = 0;
  if (at == std::string_view::npos || bytes.size() < at + address.size() + address_digits) return 0;
  const char* from = bytes.data() + at + address.size();
  (void)std::from_chars(from, from + address_digits, number);
  return number;
}

std::string BtpConnector::fulfillment_of(std::uint64_t number) const {
  std::string out;
  for (std::uint64_t i = 0; out.size() < ilp::hash_bytes; ++i) {
    const std::uint64_t word = sim::mix(run_.seed ^ sim::mix(4 * number + i));
    out.append(reinterpret_cast<const char*>(&word), sizeof word);
  }
  return out;
}

IlpPacket BtpConnector::prepare(std::uint64_t number, std::int64_t expires_ms, std::size_t data_bytes) {
  IlpPacket packet;
  packet.kind = IlpPacket::Kind::prepare;
  packet.amount = pick<std::uint64_t>(run_.rng, {0, 1, 127, 128, 1000, 1ULL << 53U, ~0ULL});
  packet.expires_ms = expires_ms;
  packet.hash = sha256(fulfillment_of(number));
  std::string digits = std::to_string(number);
  digits.insert(0, address_digits - digits.size(), '0');
  packet.destination = std::string(address) + digits;
  packet.data = std::string(data_bytes, static_cast<char>(number));
  prepared_[number] = packet;
  return packet;
}

void BtpConnector::on_text(Wire& wire, std::string_view bytes) {
  const auto message = codec_.read(bytes);
  if (!message) return run_.broke("the client's messages can be decoded", hex(bytes.substr(0, 60)));
  Peer& peer = peers_[wire.number()];
  if (!peer.authenticated) return authenticate(wire, peer, *message);
  switch (message->type) {
    case BtpMessage::Type::message:
      take_packet(wire, peer, *message);
      break;
    case BtpMessage::Type::response:
    case BtpMessage::Type::error:
      take_answer(wire, *message);
      break;
    default:
      return run_.broke("the client sends packets and answers", hex(bytes.substr(0, 60)));
  }
  if (run_.rng.chance(150)) ask(wire, peer);
  if (run_.mishap(40)) misbehave(wire, peer);
}

// ---- authentication

std::optional<std::string> BtpConnector::secret_in(const BtpMessage& message) const {
  if (message.type != BtpMessage::Type::message || !message.packet.empty()) return std::nullopt;
  const std::vector<BtpEntry>& entries = message.entries;
  if (codec_.dialect() == btp::Dialect::btp2) {
    const bool sound = entries.size() == 3 && entries[0] == BtpEntry{"auth", 0, ""} &&
                       entries[1] == BtpEntry{"auth_username", 1, std::string(peer_id)} &&
                       entries[2].name == "auth_token" && entries[2].content_type == 1;
    return sound ? std::optional(entries[2].data) : std::nullopt;
  }
  const std::string begin = "{\"peerId\":\"" + std::string(peer_id) + "\",\"secret\":\"";
  const std::string end = "\"}";
  if (entries.size() != 1 || entries[0].name != "auth" || entries[0].content_type != 0) return std::nullopt;
  const std::string& data = entries[0].data;
  if (!data.starts_with(begin) || !data.ends_with(end)) return std::nullopt;
  return data.substr(begin.size(), data.size() - begin.size() - end.size());
}

void BtpConnector::authenticate(Wire& wire, Peer& peer, const BtpMessage& message) {
  const auto secret = secret_in(message);
  if (!secret || message.id == 0) return run_.broke("the client says who it is first", hex(message.packet));
  const std::string welcome = codec_.message(BtpMessage::Type::response, message.id, {});
  if (run_.mishap(50)) {
    run_.count(Fault::authentication);
    switch (run_.rng.between(std::uint64_t{0}, std::uint64_t{5})) {
      case 0:
        return;  // says nothing
      case 1:
        return wire.drop();
      case 2:
        return refuse(wire, message.id, *secret);
      case 3:
        return say(wire, codec_.message(BtpMessage::Type::response, message.id + 1, {}));
      case 4:
        return say(wire, codec_.message(BtpMessage::Type::message, message.id, {}));
      default:
        // Nobody yet, and heard by nobody.
        say(wire, codec_.error(0, "F00", "BTPError", ""));
        say(wire, BtpCodec::broken_message(welcome, run_.rng.between(0, BtpCodec::ways_to_break - 1)));
    }
  }
  if (*secret != token_) {
    run_.count(Fault::authentication);
    return refuse(wire, message.id, *secret);
  }
  peer.authenticated = true;
  say(wire, welcome);
  if (run_.rng.chance(200)) ask(wire, peer);
}

// ---- afterwards

void BtpConnector::take_packet(Wire& wire, Peer& peer, const BtpMessage& message) {
  const auto packet = codec_.read_packet(message.packet);
  const auto which = [&] { return "id " + std::to_string(message.id) + ": " + hex(message.packet); };
  if (!packet) return run_.broke("the client's packets can be decoded", which());
  const std::uint64_t number = number_in(packet->destination);
  const auto prepared = prepared_.find(number);
  if (prepared == prepared_.end()) return run_.broke("only what was asked is sent", which());
  run_.check(*packet == prepared->second, "a packet arrives as it was sent", which);
  run_.check(seen_.insert(number).second, "no packet is ever sent twice", which);
  peer.ids.push_back(message.id);
  if (peer.ids.size() > recent_max) peer.ids.erase(peer.ids.begin());
  respond(wire, peer, message.id, number);
}

void BtpConnector::take_answer(Wire& wire, const BtpMessage& message) {
  const auto which = [&] { return "id " + std::to_string(message.id); };
  const auto found = asked_.find(message.id);
  if (found == asked_.end() || found->second.wire != wire.number())
    return run_.broke("an answer goes out on the line that asked", which());
  Asked& asked = found->second;
  if (message.type == BtpMessage::Type::error) {
    run_.check(message.code == asked.refusal && !std::exchange(asked.answered, true),
               "what is no packet is refused once, by its name",
               [&] { return which() + ", " + hex(message.code) + ", not " + hex(asked.refusal); });
    return;
  }
  const auto answer = codec_.read_packet(message.packet);
  if (!answer) return run_.broke("the client's answers can be decoded", which() + hex(message.packet));
  if (!client_answers_) {
    run_.check(asked.refusal.empty() && answer->kind == IlpPacket::Kind::reject && answer->code == "F02" &&
                   !std::exchange(asked.answered, true),
               "without a handler a packet is rejected once, with F02", which);
    return;
  }
  run_.check(!asked.answers.empty() && asked.answers.front() == *answer,
             "a packet's answer carries its id, and arrives as it was given", which);
  if (!asked.answers.empty()) asked.answers.pop_front();
}

}  // namespace kedge::rig
