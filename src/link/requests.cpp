#include "requests.hpp"

#include "../ws/close_code.hpp"

#include <cassert>
#include <utility>

namespace kedge {

Result<Sink*> Requests::begin(const PendingPool::Request& request, AnyCompletion completion,
                              OutboundOptions options) noexcept {
  assert(!building_ && "a request was begun and neither committed nor abandoned");
  const Result<Handle> added = pool_.add(request, std::move(completion));
  if (!added) {
    refused(added.error());
    return added.error();
  }
  building_ = *added;
  options.tag = added->bits();
  if (request.on_loss == OnLoss::resend) options.release = Release::acked;
  return &link_.ring().begin(options);
}

Result<Handle> Requests::commit() noexcept {
  const Handle handle = std::exchange(building_, {});
  assert(handle && "no request was begun");
  const Result<Handle> queued = link_.ring().commit();  // it also knows which room was missing
  if (!queued) {
    pool_.discard(handle);
    refused(queued.error());
    return queued.error();
  }
  assert(pool_.get(handle) != nullptr && "it ended before its message was written");
  PendingPool::Request& request = *pool_.get(handle);
  request.outbound = *queued;
  request.bytes = link_.ring().view(*queued).bytes;
  ++link_.counters().requests_started;
  link_.wake();
  return handle;
}

void Requests::abandon() noexcept {
  assert(building_ && "no request was begun");
  link_.ring().abandon();
  pool_.discard(std::exchange(building_, {}));
}

void Requests::refused(const Error& why) noexcept {
  ++link_.counters().messages_refused;
  if (why.kind() != ErrorKind::queue_full) return;
  room_wanted_ = true;
  room_given_ = false;
}

bool Requests::take_room_again() noexcept {
  // What was given may have been the reserved room, or be taken again.
  if (!room_wanted_ || !room_given_ || pool_.full() || !link_.ring().has_room(1, {})) return false;
  room_wanted_ = room_given_ = false;
  return true;
}

bool Requests::complete(Handle handle, const void* result) noexcept {
  if (const auto* request = pool_.get(handle)) release(*request);
  return pool_.complete(handle, result);
}

void Requests::complete_sent(Handle handle) noexcept {
  if (!pool_.complete_later(handle)) return;
  room_given();
  link_.wake();
}

bool Requests::fail(Handle handle, const Error& error) noexcept {
  if (const auto* request = pool_.get(handle)) release(*request);
  return pool_.fail(handle, error);
}

bool Requests::fail_unread(Handle handle, const Error& error) noexcept {
  if (const auto* request = pool_.get(handle)) release(*request);
  return pool_.fail_unread(handle, error);
}

// The slot is free when its completion is called, the message's room when it was kept.
void Requests::release(const PendingPool::Request& request) noexcept {
  if (request.on_loss == OnLoss::resend) link_.ring().cancel(request.outbound);
  room_given();
}

void Requests::tell_room_given() noexcept {
  room_given_ = true;
  link_.wake();
}

bool Requests::cancel(Handle handle) noexcept {
  return end_later(handle, Error(ErrorKind::cancelled, "the request was cancelled"));
}

bool Requests::end_later(Handle handle, const Error& why) noexcept {
  PendingPool::Request* request = pool_.get(handle);
  if (request == nullptr) return false;
  look_whether_begun(*request);
  if (!request->sent) link_.ring().cancel(request->outbound);
  fail_later(handle, *request, why);
  link_.wake();
  return true;
}

void Requests::fail_later(Handle handle, PendingPool::Request& request, const Error& why) noexcept {
  look_whether_begun(request);
  release(request);
  pool_.fail_later(handle, why);
}

void Requests::fail_all_later(const Error& why) noexcept {
  fail_later_where([](const PendingPool::Request&) noexcept { return true; }, why);
}

// What is being written goes out whole, although its request has ended.
void Requests::look_whether_begun(PendingPool::Request& request) noexcept {
  if (!request.sent) request.begun = link_.ring().begun(request.outbound);
}

PendingPool::Request* Requests::of_entry(Handle entry, std::uint64_t tag) noexcept {
  PendingPool::Request* request = pool_.get(Handle::of_bits(tag));
  return request != nullptr && request->outbound == entry ? request : nullptr;
}

const PendingPool::Request* Requests::on_sent(Handle entry, std::uint64_t tag) noexcept {
  room_given();
  PendingPool::Request* request = of_entry(entry, tag);
  if (request == nullptr) return nullptr;
  assert(!request->sent && "it was sent twice on one line");
  request->sent = true;
  if (request->answer_timeout != Duration::max()) {
    const Instant until = after(link_.port().now(), request->answer_timeout);
    pool_.set_deadline(Handle::of_bits(tag), until);
  }
  return request;
}

void Requests::on_expired(std::uint64_t tag) noexcept {
  room_given();
  const Handle handle = Handle::of_bits(tag);
  const PendingPool::Request* request = pool_.get(handle);
  if (request == nullptr) return;
  ++link_.counters().requests_timed_out;
  log_timeout(*request);
  pool_.fail_later(handle, pool_.too_late(*request));
}

void Requests::on_lost() noexcept {
  room_given();  // of messages that were cancelled half written, and of those that are of no other line
  const auto left = [](OnLoss fate) noexcept {
    return [fate](const PendingPool::Request& request) noexcept {
      return request.sent && !request.lost && request.on_loss == fate;
    };
  };
  const auto broken = [this](const PendingPool::Request& request) noexcept {
    return request.outbound && !request.sent && !link_.ring().holds(request.outbound);
  };
  for_each_where(broken, [this](Handle handle, PendingPool::Request& request) noexcept {
    request.begun = true;
    pool_.fail_later(handle,
                     Error(ErrorKind::connection, "the line was lost with a part of the message out"));
  });
  for_each_where(left(OnLoss::fail), [this](Handle handle, PendingPool::Request& request) noexcept {
    fail_later(handle, request, pool_.lost_error(request));
  });
  for_each_where(left(OnLoss::keep),
                 [](Handle, PendingPool::Request& request) noexcept { request.lost = true; });
  for_each_where(left(OnLoss::resend), [this](Handle handle, PendingPool::Request& request) noexcept {
    request.sent = false;  // the ring has put its message back by itself
    request.sent_before = true;
    if (request.answer_timeout != Duration::max()) pool_.set_deadline(handle, request.queued_until);
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
  release(*pool_.get(*culprit));
  Error why(ErrorKind::too_large, Layer::websocket, ws::close_code::message_too_big,
            "the peer closed with 1009: a message of ");
  pool_.fail_later(*culprit, why.append(std::int64_t{bytes}).append(" bytes is too large for it"));
}

void Requests::deliver(Instant now) noexcept {
  const bool due = pool_.next_deadline() <= now;
  if (due) {
    pool_.for_each([this, now](Handle, PendingPool::Request& request) noexcept {
      if (request.deadline > now) return;
      look_whether_begun(request);
      const bool gone = !request.sent && link_.ring().cancel(request.outbound);
      if (gone && !request.sent_before) ++link_.counters().messages_expired;
      release(request);
      log_timeout(request);
      if (!request.given_up) ++link_.counters().requests_timed_out;
    });
  }
  pool_.deliver(now);
  pool_.check();
  if (due) room_given();  // a slot that was marked is free only now
}

void Requests::log_timeout(const PendingPool::Request& request) noexcept {
  link_.log_message("timeout", request.given_up ? "no row in time after the loss" : "no answer in time",
                    request.id, request.bytes);
}

Statistics Requests::statistics() const noexcept {
  Statistics counted = link_.statistics();
  counted.pending = pool_.count();
  counted.requests_completed = counted.requests_started - counted.pending;
  return counted;
}

}  // namespace kedge
