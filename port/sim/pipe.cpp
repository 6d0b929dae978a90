#include "pipe.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace kedge::sim::detail {

void Pipe::start(std::span<std::byte> storage) noexcept {
  *this = Pipe{};
  storage_ = storage;
}

void Pipe::put(std::span<const std::byte> bytes, Instant arrival) noexcept {
  assert(bytes.size() <= room() && !end_put_);
  if (bytes.empty()) return;
  const std::size_t at = (first_ + used_) % storage_.size();
  const std::size_t before_wrap = std::min(bytes.size(), storage_.size() - at);
  std::memcpy(storage_.data() + at, bytes.data(), before_wrap);
  std::memcpy(storage_.data(), bytes.data() + before_wrap, bytes.size() - before_wrap);
  used_ += bytes.size();
  total_put_ += bytes.size();
  last_arrival_ = std::max(last_arrival_, arrival);
  // Bytes under way must not join a segment that has arrived already: two of those become one instead.
  if (segment_count_ == segments_max && arrived_segments_ == segments_max) {
    segment(segments_max - 2).bytes += segment(segments_max - 1).bytes;
    --segment_count_;
    --arrived_segments_;
  }
  if (segment_count_ == segments_max) {
    segment(segment_count_ - 1).bytes += bytes.size();
    segment(segment_count_ - 1).arrival = last_arrival_;
  } else {
    segment(segment_count_++) = {bytes.size(), last_arrival_};
  }
}

void Pipe::put_end(Instant arrival) noexcept {
  if (end_put_) return;
  end_put_ = true;
  last_arrival_ = std::max(last_arrival_, arrival);
}

Instant Pipe::next_arrival() const noexcept {
  if (arrived_segments_ < segment_count_) return segment(arrived_segments_).arrival;
  return end_put_ && !end_arrived_ ? last_arrival_ : never;
}

std::size_t Pipe::arrive(Instant now) noexcept {
  std::size_t bytes = 0;
  while (arrived_segments_ < segment_count_ && segment(arrived_segments_).arrival <= now) {
    bytes += segment(arrived_segments_++).bytes;
  }
  readable_ += bytes;
  total_arrived_ += bytes;
  if (end_put_ && arrived_segments_ == segment_count_ && last_arrival_ <= now) end_arrived_ = true;
  return bytes;
}

std::size_t Pipe::take(std::span<std::byte> into, bool one_segment) noexcept {
  std::size_t count = std::min(into.size(), readable_);
  if (one_segment && count > 0) count = std::min(count, segment(0).bytes);
  if (count == 0) return 0;
  const std::size_t before_wrap = std::min(count, storage_.size() - first_);
  std::memcpy(into.data(), storage_.data() + first_, before_wrap);
  std::memcpy(into.data() + before_wrap, storage_.data(), count - before_wrap);
  consume(count);
  return count;
}

void Pipe::drop_readable() noexcept {
  consume(readable_);
}

void Pipe::consume(std::size_t bytes) noexcept {
  if (bytes == 0) return;
  first_ = (first_ + bytes) % storage_.size();
  used_ -= bytes;
  readable_ -= bytes;
  while (bytes > 0) {
    const std::size_t here = std::min(bytes, segment(0).bytes);
    segment(0).bytes -= here;
    bytes -= here;
    if (segment(0).bytes > 0) break;
    first_segment_ = (first_segment_ + 1) % segments_max;
    --segment_count_;
    --arrived_segments_;
  }
}

}  // namespace kedge::sim::detail
