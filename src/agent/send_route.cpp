#include "send_route.hpp"

#include "../program/condition.hpp"

namespace kedge::agent {

std::optional<HttpAnswer> SendRoute::on_request(const HttpRequest& request, program::HttpTicket ticket) {
  if (!sends_) return error_answer(503, "sending is off: CONNECTOR_BTP_URL is not set");
  if (shutting_down_) return error_answer(503, "shutting down");
  if (!is_json(request.content_type)) return error_answer(415, "Content-Type: not application/json");
  const auto wanted = read_send_request(request.body);
  if (!wanted) return error_answer(400, wanted.error().message());
  if (const auto sent = send(*wanted, ticket); !sent) return refusal_of(sent.error());
  return std::nullopt;
}

Result<void> SendRoute::send(const SendRequest& request, program::HttpTicket ticket) {
  Hash condition{};
  if (request.condition) {
    condition = *request.condition;
  } else if (!program::condition_of(request.data, condition)) {
    return Error(ErrorKind::connection, "no hash could be made");
  }
  const ilp::Prepare prepare{request.amount, port_.wall_time().value_or(WallTime{}) + request.timeout,
                             condition, request.destination, request.data};
  const auto sent = connector_.send_packet(
      prepare, [this, ticket, begun = port_.now()](const btp::PacketOutcome& outcome) noexcept {
        on_end(ticket, begun, outcome);
      });
  if (!sent) return sent.error();
  ++active_;
  return {};
}

void SendRoute::count(const btp::PacketOutcome& outcome) noexcept {
  if (outcome.fulfill() != nullptr) {
    ++counters_.fulfilled;
  } else if (outcome.reject() != nullptr) {
    ++counters_.rejected;
  } else {
    ++(outcome.error.kind() == ErrorKind::timeout ? counters_.timed_out : counters_.failed);
  }
}

void SendRoute::on_end(program::HttpTicket ticket, Instant sent, const btp::PacketOutcome& outcome) noexcept {
  --active_;
  count(outcome);
  latency_.add(port_.now() - sent);
  answer_(ticket, answer_of(outcome));
}

}  // namespace kedge::agent
