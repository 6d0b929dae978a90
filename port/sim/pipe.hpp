#pragma once
// One direction of a connection: bytes in order, under way until their segment arrives, then readable.

#include <kedge/time.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace kedge::sim::detail {

class Pipe {
 public:
  /// Segments under way at once; what is written beyond that joins the last one.
  static constexpr std::size_t segments_max = 32;

  /// Starts anew on `storage`, which bounds what is written and not yet read.
  void start(std::span<std::byte> storage) noexcept;

  [[nodiscard]] std::size_t room() const noexcept { return storage_.size() - used_; }
  /// Adds a segment of at most `room()` bytes that arrives at `arrival`, or with the one before if that is
  /// later.
  void put(std::span<const std::byte> bytes, Instant arrival) noexcept;
  /// The end follows what was put; nothing can be put after it.
  void put_end(Instant arrival) noexcept;
  [[nodiscard]] bool end_put() const noexcept { return end_put_; }

  /// When the next segment or the end arrives, or `never`.
  [[nodiscard]] Instant next_arrival() const noexcept;
  /// When the last thing put arrives.
  [[nodiscard]] Instant last_arrival() const noexcept { return last_arrival_; }
  /// Makes readable what has arrived by `now`; returns how many bytes that was.
  std::size_t arrive(Instant now) noexcept;

  [[nodiscard]] std::size_t readable() const noexcept { return readable_; }
  /// The end has arrived; readable bytes may still be before it.
  [[nodiscard]] bool end_arrived() const noexcept { return end_arrived_; }
  /// Moves readable bytes out, of the first segment only if `one_segment`; returns how many.
  std::size_t take(std::span<std::byte> into, bool one_segment) noexcept;
  /// Drops what is readable.
  void drop_readable() noexcept;

  /// Bytes ever put, and ever arrived.
  [[nodiscard]] std::uint64_t total_put() const noexcept { return total_put_; }
  [[nodiscard]] std::uint64_t total_arrived() const noexcept { return total_arrived_; }

 private:
  struct Segment {
    std::size_t bytes = 0;
    Instant arrival{};
  };
  [[nodiscard]] Segment& segment(std::size_t index) noexcept {
    return segments_[(first_segment_ + index) % segments_max];
  }
  [[nodiscard]] const Segment& segment(std::size_t index) const noexcept {
    return segments_[(first_segment_ + index) % segments_max];
  }
  void consume(std::size_t bytes) noexcept;

  std::span<std::byte> storage_;
  std::size_t first_ = 0;  ///< of the ring
  std::size_t used_ = 0;
  std::size_t readable_ = 0;
  std::array<Segment, segments_max> segments_;
  std::size_t first_segment_ = 0;
  std::size_t segment_count_ = 0;
  std::size_t arrived_segments_ = 0;
  std::uint64_t total_put_ = 0;
  std::uint64_t total_arrived_ = 0;
  Instant last_arrival_{};
  bool end_put_ = false;
  bool end_arrived_ = false;
};

}  // namespace kedge::sim::detail
