#include "client_core.hpp"

#include <algorithm>
#include <utility>

namespace kedge {

ClientCore::ClientCore(Port& port, ClientConfig&& config, const CoreOptions& options, const Limits& limits,
                       Arena& arena) noexcept
    : names_(options.names),
      pool_(limits, arena, options.unknown_outcome),
      link_(port, std::move(config), options.link, limits, arena, *this) {}

std::string_view ClientCore::name_of(const PendingPool::Request& request) const noexcept {
  return request.kind < names_.size() ? names_[request.kind] : std::string_view("request");
}

void ClientCore::close(std::uint16_t code, std::string_view reason) noexcept {
  if (is_closed()) return;
  on_close();
  // Now, not when the peer has said goodbye: nobody has to wait for that.
  requests_.fail_all_later(Error(ErrorKind::closed, "the client was closed"));
  link_.close(code, reason);
}

Sink& ClientCore::begin_own(MessageType type) noexcept {
  OutboundOptions options;
  options.type = type;
  options.reserved = true;
  return link_.ring().begin(options);
}

Result<Handle> ClientCore::commit_own(std::string_view what, std::optional<std::uint64_t> id) noexcept {
  const Result<Handle> queued = link_.ring().commit();
  if (!queued) return queued;
  link_.log_message("send", what, id, link_.ring().view(*queued).bytes);
  link_.wake();
  return queued;
}

void ClientCore::protocol_error(std::string_view what) noexcept {
  ++link_.counters().protocol_errors;
  link_.log(LogLevel::warning, "error", what);
}

void ClientCore::on_discarded(MessageType, std::uint64_t) noexcept {
  protocol_error("a message was too large to be read");
}

void ClientCore::on_sent(Handle entry, std::uint64_t tag) noexcept {
  const PendingPool::Request* request = requests_.on_sent(entry, tag);
  if (request != nullptr) link_.log_message("send", name_of(*request), request->id, request->bytes);
}

void ClientCore::on_expired(Handle, std::uint64_t tag) noexcept {
  requests_.on_expired(tag);
}

void ClientCore::on_too_large(Handle being_written) noexcept {
  requests_.on_too_large(being_written);
}

void ClientCore::on_lost(const Error&) noexcept {
  requests_.on_lost();
}

void ClientCore::on_stopped(const Error& why) noexcept {
  pool_.fail_all_later(why);
}

void ClientCore::start(Timer& timer, Duration delay) noexcept {
  timers_.insert(timer, *this, after(link_.port().now(), std::max(delay, Duration::zero())));
  link_.wake();
}

void ClientCore::on_turn(Instant now) noexcept {
  timers_.fire(now);
  requests_.deliver(now);
  if (requests_.take_room_again()) link_.tell_writable();
}

Instant ClientCore::next_deadline() const noexcept {
  return std::min(pool_.next_deadline(), timers_.next_deadline());
}

}  // namespace kedge
