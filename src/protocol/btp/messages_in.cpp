#include "../../codec/utf8.hpp"
#include "../../crypto/digest.hpp"
#include "impl.hpp"
#include "packet_time.hpp"

#include <algorithm>
#include <array>

// What the peer says: answers, packets of its own, and what is neither.

namespace kedge::btp {

namespace {

std::span<const std::byte> as_data(std::string_view text) noexcept {
  return std::as_bytes(std::span(text.data(), text.size()));
}

// The words of a BTP ERROR, as the redactor lets them through. Its data is often text.
Error words_of(const Redactor& redactor, ErrorKind kind, std::string_view before,
               const Message& message) noexcept {
  Error error(kind, Layer::protocol, 0, before);
  if (message.code.empty() && message.name.empty() && message.data.empty())
    return error.append("an ERROR without words");
  const std::string_view data(reinterpret_cast<const char*>(message.data.data()), message.data.size());
  std::string_view between;
  for (const std::string_view words : {message.code, message.name, data}) {
    if (words.empty() || !codec::utf8_valid(words)) continue;
    redactor.append(error.append(between), words);
    between = between.empty() ? " " : ": ";
  }
  return error;
}

// What is kept of a REJECT's words that held the secret.
constexpr std::size_t reject_words_max = 512;

constexpr std::string_view too_large = "a message larger than inbound_message_bytes_max";

Error broken(std::string_view what) noexcept {
  return {ErrorKind::protocol, Layer::protocol, 0, what};
}

// Nobody says anything before authentication that concerns it, but who does not understand it.
Error foreign(std::string_view why) noexcept {
  return broken("the peer does not speak this dialect: ").append(why);
}

bool opens(std::span<const std::byte> fulfillment, std::span<const std::byte> condition) noexcept {
  std::array<std::byte, ilp::hash_bytes> hash{};
  return crypto::sha256(fulfillment, hash) &&
         std::equal(hash.begin(), hash.end(), condition.begin(), condition.end());
}

}  // namespace

void Client::Impl::on_message(const kedge::Message& received) noexcept {
  // What had been read when a handler closed the client.
  if (is_closed()) return;
  const bool binary = received.type == kedge::MessageType::binary;
  const auto message =
      binary ? decode_message(dialect_, received.bytes) : Result<Message>(broken("a text message"));
  if (!message && binary && !is_accepted()) return link_.end_line(foreign(message.error().message()));
  if (!message) return on_unreadable(received.bytes, message.error());
  link_.log_message("receive", to_string(message->type), message->request_id, received.bytes.size());
  if (!is_accepted()) return on_auth_answer(*message);
  if (message->type == MessageType::message || message->type == MessageType::transfer) {
    return on_request(*message);
  }
  if (const auto handle = asked(message->request_id)) {
    return message->type == MessageType::error ? on_error(*handle, *message) : on_response(*handle, *message);
  }
  // Some connectors tell a failure twice, the second time of no request (README.md).
  if (message->type == MessageType::error && message->request_id == 0) {
    if (!link_.logs(LogLevel::debug)) return;
    const Error line = words_of(link_.redactor(), ErrorKind::remote, "an ERROR of no request: ", *message);
    return link_.log(LogLevel::debug, "error", line.message());
  }
  // Cancelled, past its deadline, or answered before: its outcome stands.
  protocol_error("an answer to no packet that waits");
}

// An answer that cannot be decoded ends its packet, if its head can be read: no better one will come.
void Client::Impl::on_unreadable(std::span<const std::byte> bytes, const Error& why) noexcept {
  const auto head = decode_head(dialect_, bytes.first(std::min(bytes.size(), MessageHead::bytes)));
  link_.log_message("receive", "unreadable",
                    head ? std::optional<std::uint64_t>(head->request_id) : std::nullopt, bytes.size());
  protocol_error(why.message());
  if (!head || (head->type != MessageType::response && head->type != MessageType::error)) return;
  if (const auto handle = asked(head->request_id)) {
    Error error(ErrorKind::protocol, Layer::protocol, 0, "the answer cannot be read: ");
    requests_.fail_unread(*handle, error.append(why.message()));
  }
}

/// The packet that waits for an answer under this id; none before its message has left.
std::optional<Handle> Client::Impl::asked(std::uint32_t request_id) noexcept {
  const auto handle = pool_.find(request_id);
  return handle && pool_.get(*handle)->sent ? handle : std::nullopt;
}

// ---- messages too large to be kept: their head says whom they concern

void Client::Impl::on_piece(kedge::MessageType type, std::span<const std::byte> piece, bool first,
                            bool last) noexcept {
  if (first) {
    head_bytes_ = 0;
    large_bytes_ = 0;
  }
  large_bytes_ += piece.size();
  const std::size_t taken = std::min(piece.size(), head_.size() - head_bytes_);
  std::copy_n(piece.begin(), taken, head_.begin() + static_cast<std::ptrdiff_t>(head_bytes_));
  head_bytes_ += taken;
  if (!last || is_closed()) return;
  const auto head = decode_head(dialect_, std::span(head_).first(head_bytes_));
  if (type != kedge::MessageType::binary || !head || !is_accepted()) return protocol_error(too_large);
  on_large_message(*head, large_bytes_);
}

void Client::Impl::on_large_message(const MessageHead& head, std::uint64_t bytes) noexcept {
  link_.log_message("receive", to_string(head.type), head.request_id, bytes);
  protocol_error(too_large);
  if (head.type == MessageType::message || head.type == MessageType::transfer) {
    return refuse(head.request_id, "F00", "NotAcceptedError", too_large);
  }
  if (const auto handle = asked(head.request_id)) {
    requests_.fail_unread(*handle, Error(ErrorKind::too_large, Layer::protocol, 0, too_large));
  }
}

// ---- authentication

void Client::Impl::on_auth_answer(const Message& message) noexcept {
  if (message.type == MessageType::error && message.request_id == 0) {
    // What a connector says to what it cannot read (README.md).
    return link_.end_line(foreign("it did not understand the authentication"));
  }
  if (message.request_id != auth_id_ ||
      (message.type != MessageType::response && message.type != MessageType::error)) {
    return protocol_error("an answer to no request, before authentication");
  }
  if (message.type == MessageType::response) return link_.authenticated();
  link_.end_line(words_of(link_.redactor(), ErrorKind::authentication, "the secret was refused: ", message));
}

// ---- answers

void Client::Impl::on_response(Handle handle, const Message& message) noexcept {
  const auto fail = [&](const Error& why) noexcept {
    ++link_.counters().protocol_errors;
    requests_.fail_unread(handle, why);
  };
  if (message.packet.empty()) return fail(broken("the answer holds no packet"));
  const auto packet = decode_packet(dialect_, message.packet);
  if (!packet) return fail(packet.error());
  ilp::Answer answer;
  if (const auto* fulfill = std::get_if<ilp::Fulfill>(&*packet)) {
    if (!opens(fulfill->fulfillment, conditions_[handle.index])) {
      return fail(broken("the fulfillment does not hash to the condition"));
    }
    answer = *fulfill;
  } else if (const auto* rejected = std::get_if<ilp::Reject>(&*packet)) {
    return on_reject(handle, *rejected);
  } else {
    return fail(broken("the answer holds a PREPARE"));
  }
  requests_.complete(handle, &answer);
}

// Its words are the peer's; its data are whose packet it was.
void Client::Impl::on_reject(Handle handle, ilp::Reject reject) noexcept {
  std::array<char, reject_words_max> message, address;
  reject.message = link_.redactor().redact(reject.message, message);
  reject.triggered_by = link_.redactor().redact(reject.triggered_by, address);
  const ilp::Answer answer = reject;
  requests_.complete(handle, &answer);
}

void Client::Impl::on_error(Handle handle, const Message& message) noexcept {
  requests_.fail(handle, words_of(link_.redactor(), ErrorKind::remote, {}, message));
}

// ---- what the peer asks

void Client::Impl::on_request(const Message& message) noexcept {
  if (message.type == MessageType::transfer || message.packet.empty()) {
    return refuse(message.request_id, "F00", "NotAcceptedError", "nothing but packets is taken here");
  }
  const auto packet = decode_packet(dialect_, message.packet);
  const auto* prepare = packet ? std::get_if<ilp::Prepare>(&*packet) : nullptr;
  if (prepare == nullptr) {
    const Error why = packet ? broken("the packet is no PREPARE") : packet.error();
    protocol_error(why.message());
    return refuse(message.request_id, "F01", "InvalidFieldsError", why.message());
  }
  if (on_packet_) return on_packet_({{line_, message.request_id}, *prepare});
  reject(message.request_id, {"F02", {}, "no packets are taken here", {}});
}

void Client::Impl::reject(std::uint32_t request_id, const ilp::Reject& reject) noexcept {
  (void)encode_packet_message(begin_own(kedge::MessageType::binary), dialect_, MessageType::response,
                              request_id, reject);
  if (!commit_own("RESPONSE", request_id)) protocol_error("more packets than can be rejected at once");
}

void Client::Impl::refuse(std::uint32_t request_id, std::string_view code, std::string_view name,
                          std::string_view why) noexcept {
  const WallTime now = link_.port().wall_time().value_or(WallTime{});
  const ErrorBody body{code, name, is_writable(now) ? now : WallTime{}, as_data(why)};
  (void)encode_error(begin_own(kedge::MessageType::binary), dialect_, request_id, body);
  if (!commit_own("ERROR", request_id)) protocol_error("more messages than can be refused at once");
}

}  // namespace kedge::btp
