#include "impl.hpp"

#include <algorithm>
#include <limits>
#include <utility>

// Messages in pieces: their sources are asked when there is room, and watched while they have nothing.

namespace kedge::websocket {

Result<Handle> Client::Impl::send_pieces(MessageType type, Source& source, std::optional<std::uint64_t> total,
                                         Completion completion, const SendOptions& options) noexcept {
  if (!may_send(options)) return refusal(options);
  OutboundOptions streamed = outbound(type, options);
  streamed.streamed = true;
  streamed.begins_once = false;  // its source may rewind
  const auto sink = begin(type, completion.release(), streamed);
  if (!sink) return sink.error();
  const auto handle = requests_.commit();
  if (handle) streamed_[handle->index] = {&source, total.value_or(unknown), 0};
  return handle;
}

void Client::Impl::source_ready() noexcept {
  idle_until_ = never;  // it may have to wait for room
  link_.wake();
}

OutboundSource::Given Client::Impl::fill(std::uint64_t tag, std::span<std::byte> room) noexcept {
  const Handle handle = Handle::of_bits(tag);
  PendingPool::Request* request = pool_.get(handle);
  if (request == nullptr) return {};  // it was ended: the line follows on the next turn
  Streamed& streamed = streamed_[handle.index];
  if (!request->begun) utf8_.reset();
  if (asked_ != handle) idle_until_ = never;
  asked_ = handle;
  asked_entry_ = request->outbound;
  const Result<Filled> filled = streamed.source->fill(room);
  const Error wrong = filled ? check_piece(*request, streamed, room, *filled) : filled.error();
  if (wrong) {
    give_up(handle, wrong, ws::close_code::internal_error);
    return {};
  }
  if (filled->bytes == 0 && !filled->last) {
    if (idle_until_ == never) idle_until_ = after(link_.port().now(), source_timeout_);
    return {};
  }
  idle_until_ = never;
  request->begun = true;
  streamed.given += filled->bytes;
  constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  request->bytes = static_cast<std::uint32_t>(std::min(streamed.given, most));
  if (filled->last) asked_ = asked_entry_ = {};
  return {static_cast<std::uint32_t>(filled->bytes), filled->last};
}

Error Client::Impl::check_piece(const PendingPool::Request& request, const Streamed& streamed,
                                std::span<const std::byte> room, const Filled& filled) noexcept {
  if (filled.bytes > room.size())
    return {ErrorKind::config, "the source says it gave more than there was room for"};
  const std::uint64_t given = streamed.given + filled.bytes;
  if (streamed.total != unknown && (filled.last ? given != streamed.total : given > streamed.total)) {
    return Error(ErrorKind::config, "the source gave ")
        .append(static_cast<std::int64_t>(given))
        .append(filled.last ? " bytes and its end, not the " : " bytes, more than the ")
        .append(static_cast<std::int64_t>(streamed.total))
        .append(" that were told");
  }
  const bool is_text = static_cast<MessageType>(request.kind) == MessageType::text;
  if (is_text && (!utf8_.feed(room.first(filled.bytes)) || (filled.last && !utf8_.complete())))
    return {ErrorKind::config, "the source's text is not UTF-8 (RFC 6455 section 5.6)"};
  return {};
}

// A message of which a part is out ends with its line: it cannot be taken back.
void Client::Impl::give_up(Handle request, const Error& why, std::uint16_t close_code) noexcept {
  const bool is_out = link_.ring().begun(asked_entry_);
  asked_ = asked_entry_ = {};
  idle_until_ = never;
  requests_.end_later(request, why);
  // Whatever it is called: no peer has refused anything.
  if (is_out) link_.end_line(why, Verdict::again, close_code);
}

void Client::Impl::watch_source(Instant now) noexcept {
  if (!asked_) return;
  if (pool_.get(asked_) == nullptr) {
    give_up(asked_, Error(ErrorKind::cancelled, "a message in pieces was ended with a part of it out"),
            ws::close_code::going_away);
  } else if (now >= idle_until_) {
    give_up(asked_, Error(ErrorKind::timeout, "a message's source had nothing within source_timeout"),
            ws::close_code::going_away);
  }
}

// What was out on the lost line begins again with its first byte, or ends.
void Client::Impl::rewind_sources() noexcept {
  asked_ = asked_entry_ = {};
  idle_until_ = never;
  const auto was_out = [](const PendingPool::Request& request) noexcept {
    return request.begun && !request.sent;
  };
  requests_.for_each_where(was_out, [this](Handle handle, PendingPool::Request& request) noexcept {
    Streamed& streamed = streamed_[handle.index];
    request.begun = false;
    streamed.given = 0;
    if (streamed.source->rewind()) return;
    request.sent_before = true;
    requests_.end_later(handle,
                        Error(ErrorKind::connection, "the line was lost with a part of the message out"));
  });
}

}  // namespace kedge::websocket
