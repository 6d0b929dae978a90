#pragma once
// What happens next: events ordered by time, then by the order in which they were scheduled.

#include <kedge/time.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace kedge::sim::detail {

/// Something that can be scheduled, at most once at a time. It lives in the object it happens to, so the
/// queue needs no memory for it and rescheduling cannot pile up. Its address must not change while it is
/// scheduled.
struct Event {
  using Run = void (*)(void* owner) noexcept;
  static constexpr std::uint32_t not_scheduled = 0xFFFFFFFF;

  void* owner = nullptr;
  Run run = nullptr;
  std::uint32_t position = not_scheduled;  ///< in the queue's heap

  [[nodiscard]] bool scheduled() const noexcept { return position != not_scheduled; }
};

/// A binary heap of at most `capacity` events.
class EventQueue {
 public:
  explicit EventQueue(std::size_t capacity);

  /// Puts the event at `when`, behind those that are there already; moves it if it is scheduled.
  void schedule(Event& event, Instant when) noexcept;
  /// Does nothing when it is not scheduled.
  void cancel(Event& event) noexcept;
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  /// When the first event is due, or `never`.
  [[nodiscard]] Instant next() const noexcept { return size_ == 0 ? never : heap_[0].when; }
  /// Takes the first event out; there must be one.
  Event& pop() noexcept;

 private:
  struct Entry {
    Instant when;
    std::uint64_t order;
    Event* event;
    [[nodiscard]] bool before(const Entry& other) const noexcept {
      return when != other.when ? when < other.when : order < other.order;
    }
  };
  void put(std::size_t position, const Entry& entry) noexcept;
  void sift_up(std::size_t position, const Entry& entry) noexcept;
  void sift_down(std::size_t position, const Entry& entry) noexcept;

  std::unique_ptr<Entry[]> heap_;
  std::size_t capacity_;
  std::size_t size_ = 0;
  std::uint64_t next_order_ = 0;
};

}  // namespace kedge::sim::detail
