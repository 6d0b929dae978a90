#include "requests.hpp"

#include "../ws/close_code.hpp"

#include <utility>

namespace kedge {

Result<Handle> Requests::commit(PendingPool::Request request, Completion completion) noexcept {
  OutboundRing& ring = link_.ring();
  Statistics& counters = link_.counters();
  const Result<Handle> queued = ring.commit();  // it also knows which room was missing
  if (!queued) {
    ++counters.messages_refused;
    return queued.error();
  }
  request.outbound = *queued;
  request.bytes = ring.view(*queued).bytes;
  Result<Handle> handle = pool_.add(request, std::move(completion));
  if (!handle) {
    ring.cancel(*queued);
    ++counters.messages_refused;
    return handle;
  }
  ++counters.requests_started;
  link_.wake();
  return handle;
}

bool Requests::cancel(Handle handle) noexcept {
  PendingPool::Request* request = pool_.get(handle);
  if (request == nullptr) return false;
  look_whether_begun(*request);
  if (!request->sent) link_.ring().cancel(request->outbound);
  const bool cancelled = pool_.fail_later(handle, Error(ErrorKind::cancelled, "the request was cancelled"));
  link_.wake();
  return cancelled;
}

void Requests::fail_all_later(const Error& why) noexcept {
  fail_later_where([](const PendingPool::Request&) noexcept { return true; }, why);
}

// What is being written goes out whole, although its request has ended.
void Requests::look_whether_begun(PendingPool::Request& request) noexcept {
  if (!request.sent) request.begun = link_.ring().begun(request.outbound);
}

void Requests::on_sent(Handle entry, std::optional<Handle> handle) noexcept {
  if (!handle) return;
  PendingPool::Request* request = pool_.get(*handle);
  if (request != nullptr && request->outbound == entry) request->sent = true;
}

void Requests::on_expired(Handle entry, std::optional<Handle> handle) noexcept {
  if (!handle) return;
  const PendingPool::Request* request = pool_.get(*handle);
  if (request == nullptr || request->outbound != entry) return;
  ++link_.counters().requests_timed_out;
  log_timeout(*request);
  pool_.fail_later(*handle, Error(ErrorKind::timeout, "the request's deadline passed before it was sent"));
}

void Requests::on_lost() noexcept {
  pool_.for_each([](Handle, PendingPool::Request& request) noexcept {
    if (request.sent) request.lost = true;
  });
}

void Requests::on_too_large(Handle being_written) noexcept {
  std::optional<Handle> culprit;
  std::uint32_t bytes = 0;
  pool_.for_each([&](Handle handle, const PendingPool::Request& request) noexcept {
    const bool may_be = being_written ? request.outbound == being_written : request.sent && !request.lost;
    if (!may_be || (culprit && request.bytes <= bytes)) return;
    culprit = handle;
    bytes = request.bytes;
  });
  link_.ring().cancel(being_written);
  if (!culprit) return;
  Error why(ErrorKind::too_large, Layer::websocket, ws::close_code::message_too_big,
            "the peer closed with 1009: a message of ");
  pool_.fail_later(*culprit, why.append(std::int64_t{bytes}).append(" bytes is too large for it"));
}

void Requests::deliver(Instant now) noexcept {
  if (pool_.next_deadline() <= now) {
    pool_.for_each([this, now](Handle, PendingPool::Request& request) noexcept {
      if (request.deadline > now) return;
      look_whether_begun(request);
      log_timeout(request);
      if (!request.given_up) ++link_.counters().requests_timed_out;
    });
  }
  pool_.deliver(now);
}

void Requests::log_timeout(const PendingPool::Request& request) noexcept {
  link_.log_message("timeout", request.given_up ? "no row in time after the loss" : "no answer in time",
                    request.id, request.bytes);
}

const Statistics& Requests::statistics() noexcept {
  Statistics& counters = link_.counters();
  counters.pending = pool_.count();
  counters.requests_completed = counters.requests_started - counters.pending;
  return link_.statistics();
}

}  // namespace kedge
