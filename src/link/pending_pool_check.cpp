// What must be true of the pending pool between any two calls: for builds with assertions.

#include "pending_pool.hpp"

#include <cassert>

#ifndef NDEBUG

namespace kedge {

void PendingPool::check_heap() const noexcept {
  assert(heap_size_ <= heap_.size());
  for (std::uint32_t place = 0; place < heap_size_; ++place) {
    assert(heap_[place] < slots_.size() && slots_[heap_[place]].heap_place == place &&
           "a request does not know its place in the heap");
    assert((place == 0 || heap_deadline((place - 1) / 2) <= heap_deadline(place)) &&
           "an earlier deadline lies beneath a later one");
  }
}

void PendingPool::check_buckets(std::uint32_t waiting) const noexcept {
  std::uint32_t count = 0;
  for (std::uint32_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    for (std::uint32_t i = buckets_[bucket]; i != none; i = slots_[i].next_in_bucket) {
      ++count;
      assert(count <= waiting && "a bucket goes in a circle, or holds what has ended");
      assert(!slots_[i].marked && bucket_of(slots_[i].request.id) == bucket && "it is found by another's id");
    }
  }
  assert(count == waiting && "a waiting request cannot be found by its id");
}

std::uint32_t PendingPool::check_list(const List& list, bool marked) const noexcept {
  std::uint32_t count = 0;
  std::uint32_t with_deadline = 0;
  std::uint32_t previous = none;
  for (std::uint32_t i = list.first; i != none; i = slots_[i].next) {
    const Slot& slot = slots_[i];
    ++count;
    assert(count <= slots_.size() && "a list goes in a circle");
    assert(slot.previous == previous && slot.marked == marked && "a request is in the wrong list");
    assert(handles_.valid(handles_.handle(i)) && "a free slot is in a list");
    assert((slot.heap_place != none) == (!marked && slot.request.deadline != never) &&
           "it has a deadline or a place in the heap, and not both");
    if (slot.heap_place != none) ++with_deadline;
    previous = i;
  }
  assert(list.last == previous && "a list ends elsewhere");
  assert((marked || with_deadline == heap_size_) && "the heap holds what does not wait");
  return count;
}

void PendingPool::check() const noexcept {
  handles_.check();
  check_heap();
  const std::uint32_t waiting = check_list(waiting_, false);
  const std::uint32_t marked = check_list(marked_, true);
  check_buckets(waiting);
  assert(waiting + marked == handles_.used_count() && "a request is in no list");
}

}  // namespace kedge

#endif
