#include "../../codec/utf8.hpp"
#include "impl.hpp"

#include <utility>

// Messages out and in.

namespace kedge::websocket {

Error Client::Impl::refusal(const SendOptions& options) const noexcept {
  if (is_closed()) return {ErrorKind::closed, "the client is closed"};
  if (options.on_loss == OnLoss::keep)
    return {ErrorKind::config, "a message without an answer cannot wait for one: OnLoss::keep"};
  return {ErrorKind::config, "the message's deadline is not positive"};
}

OutboundOptions Client::Impl::outbound(MessageType type, const SendOptions& options) noexcept {
  OutboundOptions outbound;
  outbound.type = type;
  outbound.priority = options.priority;
  outbound.begins_once = options.on_loss == OnLoss::fail;
  if (options.deadline) outbound.deadline = after(link_.port().now(), *options.deadline);
  return outbound;
}

Result<Sink*> Client::Impl::begin(MessageType type, AnyCompletion completion,
                                  const OutboundOptions& outbound) noexcept {
  PendingPool::Request request;
  request.id = ++last_id_;
  request.kind = static_cast<std::uint32_t>(type);
  return requests_.begin(request, std::move(completion), outbound);
}

Result<Handle> Client::Impl::send(MessageType type, std::span<const std::byte> bytes, Completion&& completion,
                                  const SendOptions& options) noexcept {
  if (!may_send(options)) return refusal(options);
  // One that is too large is refused for that, without a look at all of it.
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (type == MessageType::text && bytes.size() <= outbound_message_bytes_max_ && !codec::utf8_valid(text))
    return Error(ErrorKind::config, "the text is not UTF-8 (RFC 6455 section 5.6)");
  if (!completion) return post(bytes, outbound(type, options));
  const auto sink = begin(type, completion.release(), outbound(type, options));
  if (!sink) return sink.error();
  (*sink)->write(bytes);  // what has no room fails in commit
  return requests_.commit();
}

// With nobody to tell, it takes no place among the requests: most of what a message costs.
Result<Handle> Client::Impl::post(std::span<const std::byte> bytes,
                                  const OutboundOptions& outbound) noexcept {
  const Result<Handle> queued = link_.ring().try_push(bytes, outbound);
  if (!queued) {
    requests_.refused(queued.error());
    return queued;
  }
  if (link_.logs(LogLevel::debug))
    link_.log_message("send", to_string(outbound.type), std::nullopt, bytes.size());
  link_.wake();
  return Handle{queued->index | posted, queued->generation};
}

bool Client::Impl::cancel(Handle message) noexcept {
  if ((message.index & posted) == 0) return ClientCore::cancel(message);
  const bool gone = link_.ring().cancel({message.index & ~posted, message.generation});
  if (gone) requests_.room_given();
  return gone;
}

void Client::Impl::on_message(const Message& message) noexcept {
  if (link_.logs(LogLevel::debug))
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
  if (tag == 0) return requests_.room_given();
  ClientCore::on_sent(entry, tag);
  requests_.complete_sent(Handle::of_bits(tag));
}

}  // namespace kedge::websocket
