#include "requests.hpp"

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
  const PendingPool::Request* request = pool_.get(handle);
  if (request == nullptr) return false;
  if (!request->sent) link_.ring().cancel(request->outbound);
  const bool cancelled = pool_.fail_later(handle, Error(ErrorKind::cancelled, "the request was cancelled"));
  link_.wake();
  return cancelled;
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
  pool_.fail_later(*handle, Error(ErrorKind::timeout, "the request's deadline passed before it was sent"));
}

void Requests::deliver(Instant now) noexcept {
  if (pool_.next_deadline() <= now) {
    pool_.for_each([this, now](Handle, const PendingPool::Request& request) noexcept {
      if (request.deadline <= now) ++link_.counters().requests_timed_out;
    });
  }
  pool_.deliver(now);
}

const Statistics& Requests::statistics() noexcept {
  Statistics& counters = link_.counters();
  counters.pending = pool_.count();
  counters.requests_completed = counters.requests_started - counters.pending;
  return link_.statistics();
}

}  // namespace kedge
