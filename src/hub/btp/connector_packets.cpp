// A packet from the peer that sent it to its answer.

#include "connector.hpp"

#include "../../crypto/digest.hpp"
#include "../../protocol/btp/packet.hpp"
#include "words.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace kedge::hub::btp {

using kedge::btp::Dialect;
using kedge::btp::Message;
using kedge::btp::MessageType;

namespace {

/// Far from the ids a client counts to.
constexpr std::uint32_t nobodys_bit = 0x8000'0000;

using Hash = std::array<std::byte, ilp::hash_bytes>;

std::span<const std::byte> as_data(std::string_view text) noexcept {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// What is wrong with a peer's answer; empty: nothing, and `packet` is FULFILL or REJECT.
std::string read_answer(Dialect dialect, const Message& message, ilp::Packet& packet) {
  if (message.type == MessageType::error) {
    return "the peer failed: " + std::string(message.code) + " " + std::string(message.name);
  }
  if (message.packet.empty()) return "the peer's answer holds no packet";
  const auto read = kedge::btp::decode_packet(dialect, message.packet);
  if (!read) return "the peer's answer cannot be read: " + std::string(read.error().message());
  packet = *read;
  return std::holds_alternative<ilp::Prepare>(packet) ? "the peer's answer is a PREPARE" : std::string();
}

}  // namespace

void Connector::take(Line& line, std::uint32_t request_id, const ilp::Prepare& prepare) {
  ++counters_.packets;
  Transit transit;
  transit.from = line.id();
  transit.request_id = request_id;
  transit.dialect = line.dialect;
  if (forwarded_.size() + answers_.size() >= config_.packets_max) {
    return reject(std::move(transit), "T03", "too many packets are in flight");
  }
  transit.route = config_.routes.find(prepare.destination);
  if (transit.route == nullptr) return reject(std::move(transit), "F02", "no route");
  const auto& action = transit.route->action;
  if (const auto* forwarding = std::get_if<Forwarding>(&action)) {
    forward(std::move(transit), forwarding->peer, prepare);
  } else if (const auto* rejecting = std::get_if<Rejecting>(&action)) {
    const std::string& by = rejecting->triggered_by ? *rejecting->triggered_by : config_.address;
    settle(std::move(transit),
           ilp::Reject{rejecting->code, by, rejecting->message, as_data(rejecting->data)});
  } else {
    fulfill(std::move(transit), std::get<Fulfilling>(action), prepare);
  }
}

void Connector::fulfill(Transit transit, const Fulfilling& fulfilling, const ilp::Prepare& prepare) {
  Hash fulfillment{};
  if (fulfilling.fulfillment) {
    const auto bytes = as_data(*fulfilling.fulfillment);
    std::copy(bytes.begin(), bytes.end(), fulfillment.begin());
  } else {
    Hash condition{};
    if (!crypto::sha256(prepare.data, fulfillment) || !crypto::sha256(fulfillment, condition)) {
      return reject(std::move(transit), "T00", "no hash could be made");
    }
    if (!std::equal(condition.begin(), condition.end(), prepare.condition.begin(), prepare.condition.end())) {
      return reject(std::move(transit), "F05", "the condition is not that of SHA-256(data)");
    }
  }
  settle(std::move(transit), ilp::Fulfill{fulfillment, as_data(fulfilling.data)});
}

// ---- to another peer, and back

void Connector::forward(Transit transit, const std::string& peer, const ilp::Prepare& prepare) {
  Line* line = line_to(peer);
  if (line == nullptr) return reject(std::move(transit), "T01", "the peer is not connected");
  if (!kedge::btp::check(line->dialect, prepare)) {
    return reject(std::move(transit), "F02", "the peer's dialect has no such packet");
  }
  const Duration time = time_for(prepare);
  if (time <= Duration::zero()) return reject(std::move(transit), "R00", "the packet has expired");
  transit.to = line->id();
  transit.to_request_id = request_id_for(*line);
  transit.due = after(server_->now(), time);
  if (transit.to_request_id == 0) return reject(std::move(transit), "T00", "no randomness");
  const std::string message =
      packet_message(line->dialect, MessageType::message, transit.to_request_id, prepare);
  if (!say(*line, message)) return reject(std::move(transit), "T02", "the peer does not read");
  ++counters_.forwarded;
  forwarded_.add(std::move(transit));
}

// Random ones, as real servers take. 0 when there is no randomness.
std::uint32_t Connector::request_id_for(const Line& line) noexcept {
  std::uint32_t id = 0;
  while (id == 0 || forwarded_.contains(line.id(), id)) {
    if (!server_->port().random(std::as_writable_bytes(std::span(&id, 1)))) return 0;
  }
  return id;
}

Duration Connector::time_for(const ilp::Prepare& prepare) noexcept {
  const auto now = server_->port().wall_time();
  if (!now || prepare.expires_at - *now > config_.forward_timeout) return config_.forward_timeout;
  return prepare.expires_at - *now;
}

void Connector::answered(Line& line, const Message& message) {
  auto transit = forwarded_.take(line.id(), message.request_id);
  if (!transit) {
    ++counters_.unmatched;
    return log(LogLevel::info, "unmatched", "an answer to nothing that waits");
  }
  ilp::Packet packet;
  const std::string fault = read_answer(line.dialect, message, packet);
  if (!fault.empty()) return reject(std::move(*transit), "T00", fault);
  if (!kedge::btp::check(transit->dialect, packet)) {
    return reject(std::move(*transit), "T00", "the peer's answer cannot be told in this dialect");
  }
  settle(std::move(*transit), packet);
}

// ---- answers

void Connector::reject(Transit transit, std::string_view code, std::string_view message) {
  settle(std::move(transit), ilp::Reject{code, config_.address, message, {}});
}

void Connector::settle(Transit transit, const ilp::Packet& answer) {
  const Habit habit = transit.habit();
  if (habit == Habit::empty) {
    transit.answer = empty_response(transit.dialect, transit.request_id);
  } else if (habit == Habit::none || habit == Habit::twice || habit == Habit::wrong_id) {
    const std::uint32_t id = transit.request_id ^ (habit == Habit::wrong_id ? nobodys_bit : 0);
    transit.answer = packet_message(transit.dialect, MessageType::response, id, answer);
  }
  constexpr AnswerPlan at_once;
  const AnswerPlan& plan = transit.route == nullptr ? at_once : *transit.route;
  const bool waits = plan.delay > Duration::zero() || plan.reverse > 0;
  if (waits && transit.answer.size() + bytes_waiting_ > config_.answers_bytes_max) {
    transit.route = nullptr;  // this one goes out at once
    return reject(std::move(transit), "T03", "too many bytes of answers wait");
  }
  ++(std::holds_alternative<ilp::Fulfill>(answer) ? counters_.fulfilled : counters_.rejected);
  bytes_waiting_ += transit.answer.size();
  for (const Transit& ready : answers_.put(plan, std::move(transit), server_->now())) deliver(ready);
}

void Connector::deliver(const Transit& transit) {
  bytes_waiting_ -= transit.answer.size();
  Line* line = line_of(transit.from);
  if (transit.habit() == Habit::silent) return;
  if (line == nullptr || !line->serves()) {
    ++counters_.undelivered;
    return;
  }
  if (transit.habit() == Habit::cut) return line->connection->cut();
  if (transit.habit() == Habit::failing) return fail(*line, transit.request_id, "the route's habit");
  if (!say(*line, transit.answer)) ++counters_.undelivered;
  if (transit.habit() == Habit::twice) (void)say(*line, transit.answer);
}

// ---- losses, and time

// Nobody waits for the answers it should have had, and it will not give those it owes.
void Connector::forget_line(std::uint64_t id) noexcept {
  counters_.undelivered += forwarded_.erase_asked_by(id);
  counters_.undelivered += answers_.erase_if([this, id](const Transit& transit) {
    if (transit.from != id) return false;
    bytes_waiting_ -= transit.answer.size();
    return true;
  });
  while (auto transit = forwarded_.take_owed_by(id)) {
    reject(std::move(*transit), "T01", "the peer was lost");
  }
}

WallTime Connector::wall_time() noexcept {
  return server_->port().wall_time().value_or(WallTime{});
}

}  // namespace kedge::hub::btp
