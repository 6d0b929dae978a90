#pragma once
// What a MessageReader reports, as lines of text; and readers fed in any split.

#include "frames.hpp"
#include "ws/message_reader.hpp"

#include <string>
#include <utility>
#include <vector>

namespace kedge::test {

class Recorder final : public ws::MessageEvents {
 public:
  std::vector<std::string> log;
  ws::MessageReader* pauses = nullptr;  ///< paused by each event, when set

  void on_message(ws::MessageType type, std::span<const std::byte> payload) noexcept override {
    note(std::string(name(type)) + ":" + text(payload));
  }
  void on_piece(ws::MessageType type, std::span<const std::byte> piece, bool first,
                bool last) noexcept override {
    note(std::string(name(type)) + (first ? " first" : "") + (last ? " last" : "") + " piece:" + text(piece));
  }
  void on_discarded(ws::MessageType type, std::uint64_t bytes) noexcept override {
    note("discarded " + std::string(name(type)) + ":" + std::to_string(bytes));
  }
  void on_ping(std::span<const std::byte> payload) noexcept override { note("ping:" + text(payload)); }
  void on_pong(std::span<const std::byte> payload) noexcept override { note("pong:" + text(payload)); }
  void on_close(std::uint16_t code, std::string_view reason) noexcept override {
    note("close:" + std::to_string(code) + ":" + std::string(reason));
  }

  /// All lines, one after the other, each ended by `|`.
  [[nodiscard]] std::string all() const {
    std::string joined;
    for (const std::string& line : log) joined += line + "|";
    return joined;
  }

 private:
  static const char* name(ws::MessageType type) { return type == ws::MessageType::text ? "text" : "binary"; }
  static std::string text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  void note(std::string line) {
    log.push_back(std::move(line));
    if (pauses != nullptr) pauses->pause();
  }
};

/// One buffer of a pool that counts its loans and can be empty.
class CountingBuffers final : public ws::MessageBufferSource {
 public:
  explicit CountingBuffers(std::size_t bytes) : buffer_(bytes) {}
  bool exhausted = false;
  int lent = 0;   ///< on loan now
  int loans = 0;  ///< ever

  std::span<std::byte> acquire() noexcept override {
    if (exhausted) return {};
    ++lent;
    ++loans;
    return buffer_;
  }
  void release(std::span<std::byte> buffer) noexcept override {
    if (buffer.data() == buffer_.data()) --lent;
  }

 private:
  std::vector<std::byte> buffer_;
};

/// A reader with its buffer and its record.
struct Bench {
  explicit Bench(ws::Role role = ws::Role::client, ws::TooLarge policy = ws::TooLarge::discard,
                 std::uint64_t message_bytes_max = 1000, std::size_t buffer_bytes = 1000)
      : buffers(buffer_bytes), reader(role, policy, message_bytes_max, buffers) {
    opened = reader.open().ok();
  }

  /// Feeds `wire`, `step` bytes at a time (0: all at once); drives on after pauses. False on an error.
  bool feed(std::string_view wire, std::size_t step = 0) {
    std::span<const std::byte> rest = as_bytes(wire);
    do {
      const std::size_t count = step == 0 ? rest.size() : std::min(step, rest.size());
      std::size_t taken = 0;
      const Result<void> result = reader.feed(rest.first(count), &taken, events);
      if (!result) {
        error = result.error();
        return false;
      }
      rest = rest.subspan(taken);
    } while (!rest.empty());
    return true;
  }

  CountingBuffers buffers;
  ws::MessageReader reader;
  Recorder events;
  Error error;
  bool opened = false;
};

}  // namespace kedge::test
