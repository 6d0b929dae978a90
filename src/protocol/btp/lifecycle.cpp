#include "impl.hpp"

#include <algorithm>
#include <utility>

// The line's life: authentication, the loss, the end. Nothing outlives a line here.

namespace kedge::btp {

namespace {

constexpr std::string_view unknown_outcome = "its outcome is unknown: it may have been delivered";

LinkOptions link_options() noexcept {
  LinkOptions options;
  // The head of an answer that is too large says whose it is.
  options.too_large = ws::TooLarge::stream;
  options.needs_credential = true;
  return options;
}

}  // namespace

Client::Impl::Impl(Port& port, Config config, const Limits& limits, Arena& arena) noexcept
    : on_packet_(std::move(config.on_packet)),
      peer_id_bytes_(config.peer_id.copy(peer_id_.data(), peer_id_.size())),
      dialect_(config.dialect),
      pool_(limits, arena, unknown_outcome),
      conditions_(arena.take<Condition>(limits.pending_max)),
      link_(port, std::move(config.client), link_options(), limits, arena, *this) {
  link_.set_peer_id({peer_id_.data(), peer_id_bytes_});
}

void Client::Impl::close() noexcept {
  if (closed_) return;
  closed_ = true;
  // Now, not when the peer has said goodbye: nobody has to wait for that.
  requests_.fail_all_later(Error(ErrorKind::closed, "the client was closed"));
  link_.close();
}

Result<void> Client::Impl::on_attempt(const Secret&, ws::UpgradeExtras&) noexcept {
  return {};
}

void Client::Impl::on_open(const Secret& secret) noexcept {
  ++line_;
  auth_id_ = take_id();
  OutboundOptions options;
  options.type = ws::MessageType::binary;
  options.reserved = true;
  OutboundRing& ring = link_.ring();
  const std::string_view peer_id(peer_id_.data(), peer_id_bytes_);
  const auto written = encode_auth(ring.begin(options), dialect_, auth_id_, peer_id, secret.reveal());
  if (!written && written.error().kind() == ErrorKind::config) {
    ring.abandon();
    return link_.end_line(Error(ErrorKind::authentication, "the secret is not UTF-8"));
  }
  const auto queued = ring.commit();
  if (!queued) {
    return link_.end_line(Error(ErrorKind::config, "secret and peer id do not fit reserved_bytes"));
  }
  link_.log_message("send", "auth MESSAGE", auth_id_, ring.view(*queued).bytes);
  link_.wake();
}

void Client::Impl::on_ready() noexcept {
  authenticated_ = true;
}

void Client::Impl::on_sent(Handle entry, std::uint32_t tag) noexcept {
  const std::optional<Handle> handle = pool_.find(tag);
  requests_.on_sent(entry, handle);
  const PendingPool::Request* request = handle ? pool_.get(*handle) : nullptr;
  if (request != nullptr && request->outbound == entry) {
    link_.log_message("send", "MESSAGE", request->id, request->bytes);
  }
}

void Client::Impl::on_expired(Handle entry, std::uint32_t tag) noexcept {
  requests_.on_expired(entry, pool_.find(tag));
}

void Client::Impl::on_lost(const Error&) noexcept {
  authenticated_ = false;
  // A packet is sent once, and an answer is for the line that asked.
  link_.ring().clear();
  requests_.fail_later_where(
      [](const PendingPool::Request& request) noexcept { return request.sent; },
      Error(ErrorKind::connection, "the line was lost before the answer came; ").append(unknown_outcome));
  requests_.fail_all_later(Error(ErrorKind::connection, "the line was lost before the packet was sent"));
}

void Client::Impl::on_stopped(const Error& why) noexcept {
  closed_ = true;
  authenticated_ = false;
  pool_.fail_all_later(why);
}

// A refusal is not final (btp.md), though it may be told by a close code alone: it uses up an attempt, as the
// connector may not know us yet.
Judgement Client::Impl::judge(const Ending& ending, const Judgement& usual) noexcept {
  Judgement judgement = usual;
  if (ending.close_code == ws::close_code::policy_violation) judgement.verdict = Verdict::again;
  return judgement;
}

void Client::Impl::on_turn(Instant now) noexcept {
  requests_.deliver(now);
}

Instant Client::Impl::next_deadline() const noexcept {
  return pool_.next_deadline();
}

}  // namespace kedge::btp
