#include "pending_pool.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace kedge {

PendingPool::PendingPool(const Limits& limits, Arena& arena, std::string_view unknown_outcome) noexcept
    : unknown_outcome_(unknown_outcome),
      handles_(limits.pending_max, arena),
      slots_(arena.take<Slot>(limits.pending_max)),
      heap_(arena.take<std::uint32_t>(limits.pending_max)),
      buckets_(arena.take<std::uint32_t>(bucket_count(limits.pending_max))),
      bucket_mask_(bucket_count(limits.pending_max) - 1) {
  assert(slots_.size() == limits.pending_max && heap_.size() == limits.pending_max && !buckets_.empty() &&
         "the arena is smaller than storage_bytes()");
  std::fill(buckets_.begin(), buckets_.end(), none);
}

PendingPool::~PendingPool() {
  for (const List& list : {waiting_, marked_}) {
    for (std::uint32_t i = list.first; i != none; i = slots_[i].next) completion(i).~AnyCompletion();
  }
}

// --- requests in and out ----------------------------------------------------------------------------------

Result<Handle> PendingPool::add(const Request& request, AnyCompletion completion) noexcept {
  const Handle handle = handles_.acquire();
  if (!handle) {
    return Error(ErrorKind::queue_full, "all ")
        .append(static_cast<std::int64_t>(slots_.size()))
        .append(" requests are pending (pending_max)");
  }
  Slot& slot = slots_[handle.index];
  assert(slot.heap_place == none && "a slot was given back and left in the heap");
  slot.request = request;
  slot.request.sequence = ++arrivals_;
  slot.request.queued_until = request.deadline;
  slot.marked = false;
  new (static_cast<void*>(slot.completion)) AnyCompletion(std::move(completion));
  std::uint32_t& first = bucket(request.id);
  assert(first != handle.index && "a free slot was left in its bucket");
  slot.next_in_bucket = std::exchange(first, handle.index);
  push_back(waiting_, handle.index);
  slot.heap_place = none;
  if (request.deadline != never) heap_insert(handle.index);
  return handle;
}

bool PendingPool::discard(Handle handle) noexcept {
  if (!waiting(handle)) return false;
  stop_waiting(handle.index);
  completion(handle.index).~AnyCompletion();
  handles_.release(handle.index);
  return true;
}

AnyCompletion& PendingPool::completion(std::uint32_t index) noexcept {
  assert(handles_.valid(handles_.handle(index)) && "its completion is gone");
  return *std::launder(reinterpret_cast<AnyCompletion*>(slots_[index].completion));
}

bool PendingPool::waiting(Handle handle) const noexcept {
  return handles_.valid(handle) && !slots_[handle.index].marked;
}

PendingPool::Request* PendingPool::get(Handle handle) noexcept {
  return waiting(handle) ? &slots_[handle.index].request : nullptr;
}

bool PendingPool::set_deadline(Handle handle, Instant deadline) noexcept {
  if (!waiting(handle)) return false;
  heap_remove(handle.index);
  slots_[handle.index].request.deadline = deadline;
  if (deadline != never) heap_insert(handle.index);
  return true;
}

std::uint32_t PendingPool::bucket_of(std::uint64_t id) const noexcept {
  // Fibonacci hashing: ids that count up, or up in steps, spread evenly.
  return static_cast<std::uint32_t>(id * 0x9E3779B97F4A7C15U >> 32) & bucket_mask_;
}

std::uint32_t& PendingPool::bucket(std::uint64_t id) noexcept {
  return buckets_[bucket_of(id)];
}

std::optional<Handle> PendingPool::find(std::uint64_t id) noexcept {
  for (std::uint32_t i = bucket(id); i != none; i = slots_[i].next_in_bucket) {
    if (slots_[i].request.id == id) return handles_.handle(i);
  }
  return std::nullopt;
}

void PendingPool::push_back(List& list, std::uint32_t index) noexcept {
  assert((list.first == none) == (list.last == none) && "a list has an end and no beginning");
  assert((list.last == none || slots_[list.last].next == none) && "something stands behind the last");
  slots_[index].previous = list.last;
  slots_[index].next = none;
  (list.last == none ? list.first : slots_[list.last].next) = index;
  list.last = index;
}

void PendingPool::unlink(List& list, std::uint32_t index) noexcept {
  const Slot& slot = slots_[index];
  assert((slot.previous == none ? list.first : slots_[slot.previous].next) == index && "not in its list");
  assert((slot.next == none ? list.last : slots_[slot.next].previous) == index && "not in its list");
  (slot.previous == none ? list.first : slots_[slot.previous].next) = slot.next;
  (slot.next == none ? list.last : slots_[slot.next].previous) = slot.previous;
}

/// Takes a request out of everything that finds waiting ones.
void PendingPool::stop_waiting(std::uint32_t index) noexcept {
  Slot& slot = slots_[index];
  assert(!slot.marked && "it has ended already");
  unlink(waiting_, index);
  heap_remove(index);
  std::uint32_t* link = &bucket(slot.request.id);
  while (*link != index) {
    assert(*link != none && "a waiting request cannot be found by its id");
    link = &slots_[*link].next_in_bucket;
  }
  *link = slot.next_in_bucket;
}

// --- endings ----------------------------------------------------------------------------------------------

/// Frees the slot, which is in no list any more, and then calls the completion: it may start a new request.
void PendingPool::settle(std::uint32_t index, const Error& error, const void* result) noexcept {
  const Handle handle = handles_.handle(index);
  assert(slots_[index].heap_place == none && "what has ended still has a deadline");
  assert(waiting_.first != index && marked_.first != index && "what has ended is still listed");
  AnyCompletion call = std::move(completion(index));
  completion(index).~AnyCompletion();
  handles_.release(index);
  if (call) call(handle, error, result);
}

bool PendingPool::complete(Handle handle, const void* result) noexcept {
  if (!waiting(handle)) return false;
  stop_waiting(handle.index);
  settle(handle.index, {}, result);
  return true;
}

bool PendingPool::fail(Handle handle, const Error& error) noexcept {
  if (!waiting(handle)) return false;
  stop_waiting(handle.index);
  settle(handle.index, error, nullptr);
  return true;
}

bool PendingPool::fail_unread(Handle handle, const Error& error) noexcept {
  if (!waiting(handle)) return false;
  return fail(handle, Error(error).with_may_have_run(!slots_[handle.index].request.harmless));
}

void PendingPool::mark(std::uint32_t index, const Error& error) noexcept {
  stop_waiting(index);
  Slot& slot = slots_[index];
  slot.marked = true;
  slot.error = error;
  if (error) slot.error.with_may_have_run(slot.request.may_have_run());
  push_back(marked_, index);
}

bool PendingPool::fail_later(Handle handle, const Error& error) noexcept {
  if (!waiting(handle)) return false;
  mark(handle.index, error);
  return true;
}

bool PendingPool::complete_later(Handle handle) noexcept {
  if (!waiting(handle)) return false;
  if (!completion(handle.index)) return complete(handle, nullptr);
  mark(handle.index, {});
  return true;
}

void PendingPool::fail_all_later(const Error& error) noexcept {
  while (waiting_.first != none) mark(waiting_.first, error);
}

Error PendingPool::lost_error(const Request& request) const noexcept {
  Error error(ErrorKind::connection, "the line was lost before the answer came");
  if (request.may_have_run()) error.append("; ").append(unknown_outcome_);
  return error;
}

Error PendingPool::too_late(const Request& request) const noexcept {
  if (request.given_up) return lost_error(request);
  if (!request.sent && !request.begun && !request.sent_before) {
    return {ErrorKind::timeout, "the request's deadline passed before it was sent"};
  }
  Error error(ErrorKind::timeout, request.lost ? "the line was lost, and no result came until the deadline"
                                               : "the request's deadline passed");
  if (request.may_have_run()) error.append("; ").append(unknown_outcome_);
  return error;
}

void PendingPool::deliver(Instant now) noexcept {
  while (heap_size_ > 0 && heap_deadline(0) <= now) {
    mark(heap_[0], too_late(slots_[heap_[0]].request));
  }
  // What completions mark comes behind this one, and waits for the next turn.
  const std::uint32_t last = marked_.last;
  for (bool more = last != none; more && marked_.first != none;) {
    const std::uint32_t index = marked_.first;
    more = index != last;
    assert(slots_[index].marked && "it waits, and is told its end");
    unlink(marked_, index);
    const Error error = slots_[index].error;
    settle(index, error, nullptr);
  }
}

Instant PendingPool::next_deadline() const noexcept {
  if (marked_.first != none) return Instant::min();
  return heap_size_ > 0 ? heap_deadline(0) : never;
}

// --- the heap of deadlines --------------------------------------------------------------------------------

Instant PendingPool::heap_deadline(std::uint32_t place) const noexcept {
  assert(place < heap_size_ && heap_[place] < slots_.size());
  return slots_[heap_[place]].request.deadline;
}

void PendingPool::heap_put(std::uint32_t place, std::uint32_t index) noexcept {
  assert(place < heap_.size() && index < slots_.size());
  heap_[place] = index;
  slots_[index].heap_place = place;
}

void PendingPool::heap_up(std::uint32_t place) noexcept {
  const std::uint32_t index = heap_[place];
  const Instant deadline = slots_[index].request.deadline;
  while (place > 0 && deadline < heap_deadline((place - 1) / 2)) {
    heap_put(place, heap_[(place - 1) / 2]);
    place = (place - 1) / 2;
  }
  heap_put(place, index);
}

void PendingPool::heap_down(std::uint32_t place) noexcept {
  const std::uint32_t index = heap_[place];
  const Instant deadline = slots_[index].request.deadline;
  for (;;) {
    std::uint32_t child = 2 * place + 1;
    if (child >= heap_size_) break;
    if (child + 1 < heap_size_ && heap_deadline(child + 1) < heap_deadline(child)) ++child;
    if (heap_deadline(child) >= deadline) break;
    heap_put(place, heap_[child]);
    place = child;
  }
  heap_put(place, index);
}

void PendingPool::heap_insert(std::uint32_t index) noexcept {
  assert(heap_size_ < heap_.size() && slots_[index].heap_place == none && "it has a place in the heap");
  heap_put(heap_size_, index);
  heap_up(heap_size_++);
}

void PendingPool::heap_remove(std::uint32_t index) noexcept {
  const std::uint32_t place = std::exchange(slots_[index].heap_place, none);
  if (place == none) return;
  assert(place < heap_size_ && heap_[place] == index && "the heap has another in its place");
  const std::uint32_t moved = heap_[--heap_size_];
  if (moved == index) return;
  heap_put(place, moved);
  heap_up(place);
  heap_down(slots_[moved].heap_place);
}

}  // namespace kedge
