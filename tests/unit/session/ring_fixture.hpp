#pragma once
// A small outbound ring in memory of exactly its size, and a record of what it reports.

#include "session/outbound_ring.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace kedge::test {

inline Limits ring_limits() {
  Limits limits;
  limits.outbound_messages_max = 6;
  limits.outbound_bytes = 250;  // 8 blocks
  limits.outbound_block_bytes = 32;
  limits.reserved_messages_max = 2;
  limits.reserved_bytes = 64;
  limits.outbound_message_bytes_max = 200;
  return limits;
}

inline Instant at(std::int64_t milliseconds) {
  return Instant{std::chrono::milliseconds{milliseconds}};
}

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

struct RingFixture : OutboundEvents {
  explicit RingFixture(const Limits& limits = ring_limits())
      : memory(OutboundRing::storage_bytes(limits) + 1),
        arena(std::span(memory).subspan(1)),
        ring(limits, arena) {
    ring.set_events(*this);
  }
  void on_entry_sent(Handle entry, std::uint64_t tag) noexcept override {
    reports += "sent " + std::to_string(tag) + ";";
    last = entry;
    if (on_report) on_report();
  }
  void on_entry_expired(Handle entry, std::uint64_t tag) noexcept override {
    reports += "expired " + std::to_string(tag) + ";";
    last = entry;
    if (on_report) on_report();
  }

  static OutboundOptions options(std::uint32_t tag, Priority priority = Priority::normal) {
    OutboundOptions options;
    options.tag = tag;
    options.priority = priority;
    return options;
  }
  static OutboundOptions kept(std::uint32_t tag) {
    OutboundOptions kept = options(tag);
    kept.release = Release::acked;
    return kept;
  }
  static OutboundOptions reserved(std::uint32_t tag) {
    OutboundOptions reserved = options(tag);
    reserved.reserved = true;
    return reserved;
  }
  static OutboundOptions until(Instant deadline, OutboundOptions options) {
    options.deadline = deadline;
    return options;
  }

  Handle push(std::string_view text, const OutboundOptions& options) {
    const Result<Handle> handle = ring.try_push(bytes_of(text), options);
    return handle ? *handle : Handle{};
  }
  /// Takes the rest of an entry in one frame, unmasked; the stream position grows by its size.
  std::string take(Handle entry) {
    const OutboundRing::View view = ring.view(entry);
    return take(entry, view.bytes - view.written);
  }
  std::string take(Handle entry, std::uint32_t size) {
    std::string text(size, '\0');
    offset += size;
    ring.take(entry, reinterpret_cast<std::byte*>(text.data()), size, 0, offset);
    return text;
  }
  /// Takes everything that may go at `now`; the messages, each followed by a comma.
  std::string take_all(bool reserved_only = false, Instant now = {}) {
    std::string all;
    while (const Handle entry = ring.next(now, reserved_only)) all += take(entry) + ",";
    return all;
  }

  std::string take_parting() {
    std::string all;
    for (Handle entry = ring.next({}, false); ring.parts(entry); entry = ring.next({}, false))
      all += take(entry) + ",";
    return all;
  }

  std::vector<std::byte> memory;
  Arena arena;
  OutboundRing ring;
  std::string reports;
  Handle last;
  std::uint64_t offset = 0;
  std::function<void()> on_report;
};

}  // namespace kedge::test
