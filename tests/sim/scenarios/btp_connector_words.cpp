#include "../model/gossip.hpp"
#include "btp_connector.hpp"

#include <algorithm>
#include <memory>
#include <utility>

// What the connector says, well or badly.

namespace kedge::rig {

using namespace std::chrono_literals;

std::size_t BtpConnector::some_size() {
  sim::Rng& rng = run_.rng;
  if (rng.chance(100)) return static_cast<std::size_t>(rng.between(std::uint64_t{0}, inbound_max_));
  return static_cast<std::size_t>(rng.between(std::uint64_t{0}, std::uint64_t{200}));
}

IlpPacket BtpConnector::some_answer(const std::string& fulfillment, std::size_t data_bytes) {
  IlpPacket answer;
  answer.data = std::string(data_bytes, 'd');
  // So that no two are alike.
  answer.data += std::to_string(run_.rng.next());
  if (run_.rng.chance(700)) {
    answer.kind = IlpPacket::Kind::fulfill;
    answer.hash = fulfillment;
  } else {
    answer.kind = IlpPacket::Kind::reject;
    answer.code = pick<std::string>(run_.rng, {"F02", "F99", "T00", "R01"});
    answer.triggered_by = run_.rng.chance(800) ? "test.connector" : "";
    answer.message = pick<std::string>(run_.rng, {"no route", "", std::string("\xFF\0 no text", 10)});
  }
  return answer;
}

void BtpConnector::say(Wire& wire, const std::string& message) {
  wire.say(message, run_.mishap(100) ? static_cast<std::size_t>(run_.rng.between(1, 200)) : 0);
}

// A callback's capture is small: the job waits on the heap.
void BtpConnector::later(Duration delay, Job job) {
  if (delay == Duration::zero() || jobs_ >= jobs_max) return finish(job);
  auto waiting = [this, kept = std::make_unique<Job>(std::move(job)), life = life_]() noexcept {
    if (life != life_) return;
    --jobs_;
    finish(*kept);
  };
  if (run_.world.at(after(run_.world.now(), delay), std::move(waiting))) ++jobs_;
}

void BtpConnector::finish(const Job& job) {
  auto peer = peers_.find(job.wire);
  if (peer == peers_.end() && job.strays) {
    peer =
        std::find_if(peers_.begin(), peers_.end(), [](const auto& one) { return one.second.authenticated; });
    run_.count(Fault::wrong_id);
  }
  if (peer == peers_.end() || !peer->second.wire->usable()) return;
  Wire& wire = *peer->second.wire;
  for (const std::string& message : job.messages) say(wire, message);
  if (job.closes) wire.close(codec_.dialect() == btp::Dialect::crosstown ? 1008 : 0, "");
}

void BtpConnector::refuse(Wire& wire, std::uint32_t id, const std::string& secret) {
  Job job{wire.number(), {}, false, true};
  // Some say what they were told: it must not be logged.
  const std::string why = run_.rng.chance(300) ? "no such secret: " + secret : "invalid auth_token";
  if (run_.rng.chance(200)) return wire.close(1008, why);  // instead of an answer
  say(wire, codec_.error(id, "F00", "NotAcceptedError", why));
  later(run_.rng.chance(500) ? 100ms : 0ms, job);
}

// ---- answers

void BtpConnector::respond(Wire& wire, const Peer& peer, std::uint32_t id, std::uint64_t number) {
  sim::Rng& rng = run_.rng;
  Job job{wire.number(), {}, run_.mishap(300), false};
  Duration delay = rng.chance(300) ? Duration::zero() : rng.between(Duration(0ms), Duration(3s));
  if (run_.mishap(40)) {
    run_.count(Fault::late_answer);
    delay = rng.between(Duration(5s), Duration(60s));
  }
  if (run_.mishap(30)) {
    run_.count(Fault::wrong_id);
    add_answer(job, wrong_id(peer), number);
  }
  if (run_.mishap(120)) {
    add_wrong_answer(job, id, number);
  } else {
    add_answer(job, id, number);
  }
  if (!job.messages.empty() && run_.mishap(60)) {
    run_.count(Fault::double_answer);
    rng.chance(500) ? job.messages.push_back(job.messages.back()) : add_answer(job, id, number);
  }
  if (!job.messages.empty()) later(delay, std::move(job));
}

void BtpConnector::add_answer(Job& job, std::uint32_t id, std::uint64_t number) {
  if (run_.rng.chance(100)) {
    job.messages.push_back(
        codec_.error(id, "F00", "BTPError", run_.rng.chance(500) ? "" : gossip(run_, "no handler", token_)));
    // Its habit: the second time of no packet at all.
    if (codec_.dialect() == btp::Dialect::crosstown)
      job.messages.push_back(codec_.error(0, "F00", "BTPError", ""));
    return;
  }
  const IlpPacket answer = some_answer(fulfillment_of(number), some_size());
  job.messages.push_back(codec_.message(BtpMessage::Type::response, id, codec_.packet(answer)));
}

void BtpConnector::add_wrong_answer(Job& job, std::uint32_t id, std::uint64_t number) {
  sim::Rng& rng = run_.rng;
  const auto response = [&](std::string_view packet) {
    job.messages.push_back(codec_.message(BtpMessage::Type::response, id, packet));
  };
  IlpPacket answer = some_answer(fulfillment_of(number), some_size());
  const std::uint64_t which = rng.between(std::uint64_t{0}, BtpCodec::ways_to_break - 1);
  const std::uint64_t die = rng.between(std::uint64_t{0}, std::uint64_t{6});
  if (die > 2) run_.count(Fault::malformed);
  switch (die) {
    case 0:
      run_.count(Fault::wrong_fulfillment);
      answer.kind = IlpPacket::Kind::fulfill;
      answer.hash = fulfillment_of(number);
      answer.hash[static_cast<std::size_t>(rng.between(std::uint64_t{0}, std::uint64_t{31}))] ^= 1;
      return response(codec_.packet(answer));
    case 1:
      run_.count(Fault::oversized);
      answer.data += std::string(inbound_max_, 'x');
      return response(codec_.packet(answer));
    case 2:
      return;  // says nothing
    case 3:
      return response({});
    case 4:
      return response(codec_.broken_packet(answer, which));
    case 5:
      return response(codec_.packet(prepared_[number]));
    default:
      response(codec_.packet(answer));
      job.messages.back() = BtpCodec::broken_message(job.messages.back(), which);
  }
}

std::uint32_t BtpConnector::wrong_id(const Peer& peer) {
  sim::Rng& rng = run_.rng;
  if (rng.chance(700) && !peer.ids.empty())
    return peer.ids[static_cast<std::size_t>(rng.between(std::uint64_t{0}, peer.ids.size() - 1))];
  return rng.chance(500) ? static_cast<std::uint32_t>(rng.next()) : 0;
}

// ---- packets of its own

// Its ids are its own: they may be those of the client's packets, or 0.
void BtpConnector::ask(Wire& wire, const Peer& peer) {
  sim::Rng& rng = run_.rng;
  std::uint32_t id = rng.chance(500) ? wrong_id(peer) : static_cast<std::uint32_t>(rng.next());
  while (asked_.contains(id)) ++id;
  Asked& asked = asked_[id];
  asked.wire = wire.number();
  IlpPacket packet;
  packet.kind = IlpPacket::Kind::prepare;
  packet.amount = rng.next() >> rng.between(std::uint64_t{0}, std::uint64_t{63});
  packet.expires_ms = static_cast<std::int64_t>(rng.between(std::uint64_t{0}, 253'402'300'799'999ULL));
  packet.hash = fulfillment_of(rng.next());
  packet.destination = "test.client." + std::to_string(id);
  packet.data = std::string(some_size(), 'p');
  std::string bytes = codec_.packet(packet);
  auto type = BtpMessage::Type::message;
  if (rng.chance(150)) {
    asked.refusal = "F01";
    switch (rng.between(std::uint64_t{0}, std::uint64_t{3})) {
      case 0:
        bytes = codec_.broken_packet(packet, rng.between(std::uint64_t{0}, BtpCodec::ways_to_break - 1));
        break;
      case 1:
        bytes = codec_.packet(some_answer(packet.hash, 0));
        break;
      case 2:
        asked.refusal = "F00";
        if (codec_.dialect() == btp::Dialect::btp2) type = BtpMessage::Type::transfer;
        bytes.resize(type == BtpMessage::Type::transfer && rng.chance(500) ? bytes.size() : 0);
        break;
      default:
        asked.refusal = "F00";
        bytes.clear();
    }
  }
  const std::string message = codec_.message(type, id, bytes);
  if (message.size() > inbound_max_) asked.refusal = "F00";
  Job job{wire.number(), {message}, false, false};
  later(rng.chance(500) ? Duration::zero() : rng.between(Duration(0ms), Duration(3s)), std::move(job));
}

void BtpConnector::misbehave(Wire& wire, const Peer& peer) {
  run_.count(Fault::malformed);
  const std::string answer = codec_.error(wrong_id(peer) & 0x7F7F7F7FU, "F00", "BTPError", "");
  switch (run_.rng.between(std::uint64_t{0}, std::uint64_t{7})) {
    case 7:
      run_.count(Fault::peer_close);
      return wire.close(1011, gossip(run_, "no more of you", token_));
    case 0:
      // A whole message but for its kind.
      return wire.say_frame(1, true, codec_.dialect() == btp::Dialect::crosstown ? answer : "text");
    case 1:
      return wire.say_frame(9, true, "ping from the connector");
    case 2:
      return wire.say_frame(10, true, "a pong nobody asked for");
    case 3:
      return say(wire, codec_.message(BtpMessage::Type::response, wrong_id(peer), {}));
    case 4:
      // What it was told comes back, long after the client has forgotten it.
      return say(wire, codec_.error(0, "F00", "BTPError", gossip(run_, "no handler", token_)));
    default:
      return say(wire, BtpCodec::broken_message(
                           answer, run_.rng.between(std::uint64_t{0}, BtpCodec::ways_to_break - 1)));
  }
}

}  // namespace kedge::rig
