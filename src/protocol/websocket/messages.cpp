#include "../../codec/utf8.hpp"
#include "impl.hpp"

#include <utility>

// Messages out and in.

namespace kedge::websocket {

Result<Client::Impl::Outgoing> Client::Impl::outgoing(MessageType type, const SendOptions& options) noexcept {
  if (is_closed()) return Error(ErrorKind::closed, "the client is closed");
  if (options.deadline && *options.deadline <= Duration::zero())
    return Error(ErrorKind::config, "the message's deadline is not positive");
  if (options.on_loss == OnLoss::keep)
    return Error(ErrorKind::config, "a message without an answer cannot wait for one: OnLoss::keep");
  Outgoing message;
  message.request.id = ++last_id_;
  message.request.kind = static_cast<std::uint32_t>(type);
  message.outbound.type = type;
  message.outbound.priority = options.priority;
  if (options.deadline) message.outbound.deadline = after(link_.port().now(), *options.deadline);
  return message;
}

Result<Handle> Client::Impl::send(MessageType type, std::span<const std::byte> bytes, Completion completion,
                                  const SendOptions& options) noexcept {
  auto message = outgoing(type, options);
  if (!message) return message.error();
  // One that is too large is refused for that, without a look at all of it.
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (type == MessageType::text && bytes.size() <= outbound_message_bytes_max_ && !codec::utf8_valid(text))
    return Error(ErrorKind::config, "the text is not UTF-8 (RFC 6455 section 5.6)");

  message->outbound.begins_once = options.on_loss == OnLoss::fail;
  const auto sink = requests_.begin(message->request, completion.release(), message->outbound);
  if (!sink) return sink.error();
  (*sink)->write(bytes);  // what has no room fails in commit
  return requests_.commit();
}

void Client::Impl::on_message(const Message& message) noexcept {
  link_.log_message("receive", to_string(message.type), std::nullopt, message.bytes.size());
  if (on_message_) on_message_(message);
}

void Client::Impl::on_piece(MessageType type, std::span<const std::byte> piece, bool first,
                            bool last) noexcept {
  on_piece_({type, piece, first, last});
}

void Client::Impl::on_discarded(MessageType type, std::uint64_t bytes) noexcept {
  ClientCore::on_discarded(type, bytes);
  if (on_discarded_) on_discarded_(type, bytes);
}

// Taken by the stream is all that can be known of a message.
void Client::Impl::on_sent(Handle entry, std::uint64_t tag) noexcept {
  ClientCore::on_sent(entry, tag);
  requests_.complete_sent(Handle::of_bits(tag));
}

}  // namespace kedge::websocket
