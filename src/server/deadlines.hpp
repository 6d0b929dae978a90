#pragma once
// Which of many slots is due next: a heap of deadlines that knows where each slot is.

#include <kedge/time.hpp>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace kedge::server {

/// Slots 0 to `slots` - 1, each with a deadline or `never`. Allocates when it is made, and never after.
class Deadlines {
 public:
  explicit Deadlines(std::size_t slots) : at_(slots, never), place_(slots) {
    heap_.reserve(slots);
    for (std::size_t slot = 0; slot < slots; ++slot) {
      place_[slot] = slot;
      heap_.push_back(slot);
    }
  }

  /// In a time that grows with the logarithm of the slots.
  void set(std::size_t slot, Instant deadline) noexcept {
    assert(heap_[place_[slot]] == slot && "the heap does not know where a slot is");
    const bool earlier = deadline < at_[slot];
    at_[slot] = deadline;
    earlier ? rise(place_[slot]) : sink(place_[slot]);
  }
  /// The earliest; `never` when there is none.
  [[nodiscard]] Instant next() const noexcept { return heap_.empty() ? never : at_[heap_.front()]; }
  /// Whose it is. There must be a slot.
  [[nodiscard]] std::size_t next_slot() const noexcept { return heap_.front(); }

 private:
  void rise(std::size_t place) noexcept {
    while (place > 0 && at_[heap_[place]] < at_[heap_[(place - 1) / 2]]) {
      swap(place, (place - 1) / 2);
      place = (place - 1) / 2;
    }
  }
  void sink(std::size_t place) noexcept {
    for (;;) {
      std::size_t least = place;
      for (const std::size_t child : {2 * place + 1, 2 * place + 2}) {
        if (child < heap_.size() && at_[heap_[child]] < at_[heap_[least]]) least = child;
      }
      if (least == place) return;
      swap(place, least);
      place = least;
    }
  }
  void swap(std::size_t a, std::size_t b) noexcept {
    std::swap(heap_[a], heap_[b]);
    place_[heap_[a]] = a;
    place_[heap_[b]] = b;
  }

  std::vector<Instant> at_;         // by slot
  std::vector<std::size_t> place_;  // of a slot, in the heap
  std::vector<std::size_t> heap_;   // slots; none is due before the one at (place - 1) / 2
};

}  // namespace kedge::server
