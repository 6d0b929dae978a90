#include "../../codec/json_quote.hpp"
#include "authentication.hpp"
#include "impl.hpp"
#include "messages.hpp"

#include <kedge/json_text.hpp>

#include <algorithm>
#include <array>

// What the server says: answers, rows, and what is neither.

namespace kedge::agent_gate {

namespace {

std::string_view as_text(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Error too_large(std::string_view what, std::uint64_t bytes, std::string_view limit,
                std::uint32_t limit_bytes) noexcept {
  Error error(ErrorKind::too_large, what);
  error.append(" of ").append(static_cast<std::int64_t>(bytes)).append(" bytes is larger than ");
  return error.append(limit).append(", ").append(std::int64_t{limit_bytes});
}

Error unreadable(std::string_view why) noexcept {
  return {ErrorKind::protocol, Layer::protocol, 0, why};
}

}  // namespace

// ---- messages

void Client::Impl::on_message(const Message& message) noexcept {
  const std::string_view text = message.text();
  const auto reply = message.type == MessageType::text ? read_reply(text, limits_.json_depth_max)
                                                       : Result<Reply>(unreadable("a binary message"));
  if (!reply) {
    scanner_.start();
    scanner_.feed(text);
    return on_unreadable(text, reply.error());
  }
  log_received(reply->error ? "error" : "result", reply->id, text.size());
  if (is_accepted()) {
    on_answer(*reply, text);
  } else {
    on_auth_answer(*reply);
  }
}

void Client::Impl::on_piece(MessageType type, std::span<const std::byte> piece, bool first,
                            bool last) noexcept {
  if (first) {
    rows_.start();
    scanner_.start();
    counts_ = {};
  }
  scanner_.feed(as_text(piece));
  const bool readable = type == MessageType::text && is_accepted();
  if (readable) rows_.feed(as_text(piece), last);
  if (!last) return;
  if (readable) return on_streamed_answer(rows_.end());
  if (!is_accepted()) return protocol_error("a large message before authentication");
  on_unreadable({}, unreadable("a binary message"));
}

// An answer of ours that nobody can read ends its request now: no better one will come. The scanner has its
// id, and `message` is the text unless its rows were read as it came.
void Client::Impl::on_unreadable(std::string_view message, const Error& why) noexcept {
  const ReplyId id = scanner_.id();
  log_received("unreadable", id, scanner_.bytes());
  protocol_error(why.message());
  if (!is_accepted()) {
    if (id.kind != ReplyId::Kind::text || !json::equals(id.text, auth_id)) return;
    Error refused(ErrorKind::authentication, Layer::protocol, 0, "the answer to auth cannot be read: ");
    return link_.end_line(refused.append(why.message()), Verdict::refused);
  }
  if (id.kind != ReplyId::Kind::number) return;
  Error error(why.kind(), Layer::protocol, 0, "the answer cannot be read: ");
  error.append(why.message());
  if (is_poll(id.number)) {
    if (!message.empty()) read_rows(message);
    return on_poll_answer(id.number, error);
  }
  const auto handle = pool_.find(id.number);
  if (handle && pool_.get(*handle)->sent) requests_.fail_unread(*handle, error);
}

void Client::Impl::on_auth_answer(const Reply& reply) noexcept {
  const AuthVerdict verdict = read_auth_answer(reply, link_.redactor(), limits_.json_depth_max);
  switch (verdict.answer) {
    case AuthAnswer::accepted:
      return link_.authenticated();
    case AuthAnswer::refused:
      return link_.end_line(verdict.error, verdict.what_follows);
    case AuthAnswer::unrelated:
      return protocol_error("an answer to no request, before authentication");
  }
}

void Client::Impl::on_answer(const Reply& reply, std::string_view message) noexcept {
  const bool numbered = reply.id.kind == ReplyId::Kind::number;
  if (!numbered && reply.error) {
    // Such as a parse error, which the server cannot give an id: it concerns a request that will time out.
    Error line(ErrorKind::remote, "an error without an id, code ");
    line.append(std::int64_t{reply.error.code()}).append(": ");
    return protocol_error(link_.redactor().append(line, reply.error.message()).message());
  }
  if (numbered) {
    const auto handle = pool_.find(reply.id.number);
    if (handle && !is(*pool_.get(*handle), Method::get_pending_results)) {
      return on_request_answer(*handle, reply);
    }
  }
  // Rows are read whoever asked for them, in time or not: they exist nowhere else.
  if (!reply.error) read_rows(message);
  if (!numbered) return unexpected_id(reply.id.kind, 0);
  Error error = link_.redactor().redact(reply.error);
  if (!error && !rows_.end().has_results) {
    error = unreadable("the answer has no list of results");
  }
  on_poll_answer(reply.id.number, error);
}

void Client::Impl::read_rows(std::string_view message) noexcept {
  counts_ = {};
  rows_.start();
  rows_.feed(message, true);
}

void Client::Impl::on_streamed_answer(const RowStream::End& end) noexcept {
  const Error larger =
      too_large("the answer", end.bytes, "inbound_message_bytes_max", limits_.inbound_message_bytes_max);
  if (end.error) {
    // Of a poll's answer rows alone have to fit; any other is too large, whatever else is wrong with it.
    const ReplyId id = scanner_.id();
    const bool ours = id.kind == ReplyId::Kind::number && !is_poll(id.number) && pool_.find(id.number);
    return on_unreadable({}, ours ? larger : end.error);
  }
  log_received("large answer", {end.id_kind, end.id, {}}, end.bytes);
  if (end.id_kind != ReplyId::Kind::number) return unexpected_id(end.id_kind, 0);
  const auto handle = pool_.find(end.id);
  const PendingPool::Request* request = handle ? pool_.get(*handle) : nullptr;
  if (request != nullptr && !is(*request, Method::get_pending_results)) {
    if (!request->sent) return unexpected_id(end.id_kind, end.id);
    requests_.fail_unread(*handle, larger);
    return;
  }
  on_poll_answer(end.id, end.has_results ? Error() : larger);
}

// ---- requests

void Client::Impl::on_request_answer(Handle handle, const Reply& reply) noexcept {
  const PendingPool::Request& request = *pool_.get(handle);
  // The server cannot have seen it.
  if (!request.sent) return unexpected_id(reply.id.kind, reply.id.number);
  if (reply.error) {
    requests_.fail(handle, link_.redactor().redact(reply.error));
    return;
  }
  if (!is(request, Method::tool_request)) {
    complete(handle, reply.result);
    return;
  }
  settle(handle, reply.result);
}

void Client::Impl::complete(Handle handle, std::string_view json) noexcept {
  const Outcome::Result data = std::as_bytes(std::span(json.data(), json.size()));
  requests_.complete(handle, &data);
}

void Client::Impl::settle(Handle handle, std::string_view tool_result) noexcept {
  const ToolResult result = read_tool_result(tool_result, limits_.json_depth_max);
  if (result.status.empty()) protocol_error(result.error.message());
  if (result.error.kind() == ErrorKind::protocol) {
    requests_.fail_unread(handle, result.error);
  } else if (result.error) {
    requests_.fail(handle, link_.redactor().redact(result.error));
  } else {
    complete(handle, result.data);
  }
}

bool Client::Impl::is_poll(std::uint64_t id) noexcept {
  if (id == 0) return false;
  if (id == schedule_.under_way() || id == first_poll_) return true;
  if (std::find(last_polls_.begin(), last_polls_.end(), id) != last_polls_.end()) return true;
  const auto handle = pool_.find(id);
  return handle && is(*pool_.get(*handle), Method::get_pending_results);
}

void Client::Impl::on_poll_answer(std::uint64_t id, const Error& error) noexcept {
  const bool own = schedule_.answered(id);
  const bool first = first_poll_ != 0 && id == first_poll_;
  const auto last = std::find(last_polls_.begin(), last_polls_.end(), id);
  if (own || first || last != last_polls_.end()) {
    if (error) link_.log(LogLevel::warning, "error", error.message());
    if (last != last_polls_.end()) *last = 0;
    if (first) first_poll_ = 0;
    return poll_over();
  }
  const auto handle = pool_.find(id);
  if (!handle || !pool_.get(*handle)->sent) return unexpected_id(ReplyId::Kind::number, id);
  if (error) {
    const bool answered = error.kind() != ErrorKind::protocol && error.kind() != ErrorKind::too_large;
    answered ? requests_.fail(*handle, error) : requests_.fail_unread(*handle, error);
    return;
  }
  std::array<char, 96> text;
  BufferSink sink{std::span<char>(text)};
  sink.write(R"({"rows":)");
  codec::write_number(sink, counts_.rows);
  sink.write(R"(,"resolved":)");
  codec::write_number(sink, counts_.resolved);
  sink.write(R"(,"unclaimed":)");
  codec::write_number(sink, counts_.rows - counts_.resolved);
  sink.write("}");
  complete(*handle, sink.text());
}

// ---- rows

void Client::Impl::on_row(std::span<char> text, std::uint64_t bytes) noexcept {
  ++counts_.rows;
  const bool whole = bytes == text.size();
  const Row row = read_row(text, limits_.json_depth_max);
  // Until the first poll is answered all rows belong to earlier processes.
  if (drained_ && first_poll_ == 0) {
    if (const auto handle = request_of(row, whole)) {
      ++counts_.resolved;
      return settle_by_row(*handle, row, bytes, whole);
    }
  }
  hand_on_unclaimed(row, bytes, whole);
}

std::optional<Handle> Client::Impl::request_of(const Row& row, bool whole) noexcept {
  // It ends with an error, so that its id is enough, or its tool.
  if (!whole && row.args.empty()) {
    if (ids_.parse_ours(row.request_id))
      return match_row(pool_, row_keys_, ids_, row.request_id, std::nullopt);
    return match_cut_row(pool_, row_keys_, tool_key(row.tool, hash_key_), limits_.result_row_bytes_max);
  }
  const std::string_view args = row.args.empty() ? std::string_view("{}") : row.args;
  const auto key = match_key(row.tool, args, hash_key_, limits_.json_depth_max);
  return key ? match_row(pool_, row_keys_, ids_, row.request_id, *key) : std::nullopt;
}

void Client::Impl::settle_by_row(Handle handle, const Row& row, std::uint64_t bytes, bool whole) noexcept {
  if (!whole) {
    requests_.fail_unread(handle, too_large("the row of the result", bytes, "result_row_bytes_max",
                                            limits_.result_row_bytes_max));
    return;
  }
  settle(handle, row.result);
}

void Client::Impl::hand_on_unclaimed(const Row& row, std::uint64_t bytes, bool whole) noexcept {
  if (!on_unclaimed_row_) {
    return link_.log(LogLevel::warning, "error", "a result that nobody waits for, and no handler for it");
  }
  ResultRow unclaimed;
  unclaimed.request_id = row.request_id;
  unclaimed.tool = row.tool;
  unclaimed.args = row.args;
  unclaimed.bytes = bytes;
  unclaimed.too_large = !whole;
  if (whole) {
    unclaimed.result = row.result;
    unclaimed.status = read_tool_result(row.result, limits_.json_depth_max).status;
  }
  on_unclaimed_row_(unclaimed);
}

// ---- what is neither

void Client::Impl::unexpected_id(ReplyId::Kind kind, std::uint64_t id) noexcept {
  if (kind != ReplyId::Kind::number) return protocol_error("an answer whose id is not a number of ours");
  // Cancelled, past its deadline, or answered before: its outcome stands.
  if (ids_.ours(id)) return protocol_error("an answer to a request that has ended");
  protocol_error("an answer to an id that was never given out");
}

void Client::Impl::log_received(std::string_view what, const ReplyId& id, std::uint64_t bytes) noexcept {
  const bool numbered = id.kind == ReplyId::Kind::number;
  link_.log_message("receive", what, numbered ? std::optional(id.number) : std::nullopt, bytes);
}

}  // namespace kedge::agent_gate
