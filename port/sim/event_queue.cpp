#include "event_queue.hpp"

#include <cassert>

namespace kedge::sim::detail {

EventQueue::EventQueue(std::size_t capacity)
    : heap_(std::make_unique<Entry[]>(capacity)), capacity_(capacity) {}

void EventQueue::schedule(Event& event, Instant when) noexcept {
  cancel(event);
  assert(size_ < capacity_ && "every event of the world has its place");
  sift_up(size_++, Entry{when, next_order_++, &event});
}

void EventQueue::cancel(Event& event) noexcept {
  if (!event.scheduled()) return;
  const std::size_t hole = event.position;
  event.position = Event::not_scheduled;
  const Entry last = heap_[--size_];
  if (hole == size_) return;
  // The last entry may belong above or below the hole: it comes from another branch.
  if (hole > 0 && last.before(heap_[(hole - 1) / 2])) {
    sift_up(hole, last);
  } else {
    sift_down(hole, last);
  }
}

Event& EventQueue::pop() noexcept {
  assert(size_ > 0);
  Event& first = *heap_[0].event;
  cancel(first);
  return first;
}

void EventQueue::put(std::size_t position, const Entry& entry) noexcept {
  heap_[position] = entry;
  entry.event->position = static_cast<std::uint32_t>(position);
}

void EventQueue::sift_up(std::size_t position, const Entry& entry) noexcept {
  while (position > 0) {
    const std::size_t parent = (position - 1) / 2;
    if (!entry.before(heap_[parent])) break;
    put(position, heap_[parent]);
    position = parent;
  }
  put(position, entry);
}

void EventQueue::sift_down(std::size_t position, const Entry& entry) noexcept {
  while (true) {
    std::size_t child = 2 * position + 1;
    if (child >= size_) break;
    if (child + 1 < size_ && heap_[child + 1].before(heap_[child])) ++child;
    if (!heap_[child].before(entry)) break;
    put(position, heap_[child]);
    position = child;
  }
  put(position, entry);
}

}  // namespace kedge::sim::detail
