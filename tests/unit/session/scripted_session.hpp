#pragma once
// A session on a stream whose every answer a test has written down.

#include "session_fixture.hpp"

#include <cstring>
#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace kedge::test {

/// A stream that gives out what it is told to and sends no event by itself.
struct ScriptedStream final : Stream {
  struct Step {
    IoStatus status;
    std::string bytes;
  };
  std::deque<Step> reads;
  bool write_works = true;
  bool closed = false;
  StreamEvents* events = nullptr;
  std::string written;

  IoResult read(std::span<std::byte> into) noexcept override {
    if (reads.empty()) return {};
    const Step step = reads.front();
    reads.pop_front();
    std::memcpy(into.data(), step.bytes.data(), step.bytes.size());
    return {step.status, step.bytes.size()};
  }
  IoResult write(std::span<const std::byte> from) noexcept override {
    if (!write_works) return {IoStatus::error, 0};
    written.append(reinterpret_cast<const char*>(from.data()), from.size());
    return {IoStatus::ok, from.size()};
  }
  void shutdown_write() noexcept override {}
  void close() noexcept override { closed = true; }
  Error error() const noexcept override {
    return {ErrorKind::connection, Layer::system, 104, "connection reset by peer"};
  }
  void set_events(StreamEvents& given) noexcept override { events = &given; }
};

/// A client's session on a ScriptedStream.
struct Scripted final : SessionEvents, PortEvents {
  sim::World world{1};
  sim::Port port{world};
  Limits limits = Limits::tiny();
  std::vector<std::byte> memory = std::vector<std::byte>(OutboundRing::storage_bytes(limits));
  Arena arena{memory};
  OutboundRing ring{limits, arena};
  Statistics statistics;
  std::vector<std::byte> read = std::vector<std::byte>(limits.read_buffer_bytes);
  std::vector<std::byte> write = std::vector<std::byte>(limits.write_buffer_bytes);
  std::vector<std::byte> message = std::vector<std::byte>(limits.inbound_message_bytes_max);
  std::vector<std::byte> mask = std::vector<std::byte>(limits.mask_pool_bytes);
  ws::SingleMessageBuffer messages{message};
  ws::MaskPool masks{mask};
  ScriptedStream stream;
  std::vector<std::string> received;
  int ended = 0;
  Error why;
  std::function<void()> on_text;
  Session session;

  explicit Scripted(SessionConfig config = {})
      : session(complete(config), SessionMemory{read, write, &messages, &masks}, ring, statistics) {
    port.set_events(*this);
    EXPECT(session.start(port, stream, {}, *this).ok(), "the session to start");
    session.open_gate();
  }
  SessionConfig complete(SessionConfig config) const {
    config.role = ws::Role::client;
    config.inbound_message_bytes_max = limits.inbound_message_bytes_max;
    config.fragment_bytes_max = limits.fragment_bytes_max;
    return config;
  }
  void push(std::string_view text) {
    EXPECT(ring.try_push(std::as_bytes(std::span(text.data(), text.size())), {}).ok(), "room");
  }
  /// Turns as its owner would: as long as one is due at once. True when it came to rest.
  bool turns() {
    for (int i = 0; i < 50; ++i) {
      session.on_turn();
      if (stream.closed) {
        if (session.active()) stream.events->on_closed();
        return true;
      }
      if (session.next_deadline() > port.now()) return true;
    }
    return false;
  }
  void on_message(ws::MessageType, std::span<const std::byte> payload) noexcept override {
    received.push_back(FarEnd::text(payload));
    if (on_text) on_text();
  }
  void on_piece(ws::MessageType, std::span<const std::byte>, bool, bool) noexcept override {}
  void on_discarded(ws::MessageType, std::uint64_t) noexcept override {}
  void on_session_ended(const Error& error) noexcept override {
    ++ended;
    why = error;
  }
  void on_session_event() noexcept override {}
  void on_timer() noexcept override {}
  void on_resolved(std::span<const Address>, const Error&) noexcept override {}
};

}  // namespace kedge::test
