#pragma once
// Bytes in, messages out (RFC 6455 sections 5 to 8): wslay takes the frames apart; this checks what wslay
// does not (reserved bits, opcodes, masks, control frames, close codes), joins fragments, and checks UTF-8 as
// it arrives.

#include "frame.hpp"

#include <kedge/limits.hpp>
#include <kedge/result.hpp>

#include "../codec/utf8.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

struct wslay_frame_context;

namespace kedge::ws {

/// What happens to an inbound message larger than the buffer.
enum class TooLarge : std::uint8_t {
  discard,  ///< its bytes are skipped; `on_discarded` reports it; the line is kept
  stream,   ///< handed up in pieces, as they arrive
  close,    ///< the reader fails with `too_large` and close code 1009
};

/// What a MessageReader finds. Views are valid during the call only.
class MessageEvents {
 public:
  virtual void on_message(MessageType type, std::span<const std::byte> payload) noexcept = 0;
  /// A piece of a message larger than the buffer, under `TooLarge::stream`. Pieces of a text message may end
  /// inside a UTF-8 sequence. The last one may be empty.
  virtual void on_piece(MessageType type, std::span<const std::byte> piece, bool first,
                        bool last) noexcept = 0;
  /// A whole message of `bytes` was skipped, under `TooLarge::discard`.
  virtual void on_discarded(MessageType type, std::uint64_t bytes) noexcept = 0;
  virtual void on_ping(std::span<const std::byte> payload) noexcept = 0;
  virtual void on_pong(std::span<const std::byte> payload) noexcept = 0;
  /// The peer's close frame; 1005 when it held no code. Nothing is read after it.
  virtual void on_close(std::uint16_t code, std::string_view reason) noexcept = 0;

 protected:
  ~MessageEvents() = default;
};

/// Where a reader keeps the message it is joining. A client has one of its own; a server lends from a pool.
class MessageBufferSource {
 public:
  /// A buffer for one message, or an empty span when there is none (the message is treated as too large).
  [[nodiscard]] virtual std::span<std::byte> acquire() noexcept = 0;
  virtual void release(std::span<std::byte> buffer) noexcept = 0;

 protected:
  ~MessageBufferSource() = default;
};

/// One fixed buffer.
class SingleMessageBuffer final : public MessageBufferSource {
 public:
  explicit SingleMessageBuffer(std::span<std::byte> buffer) noexcept : buffer_(buffer) {}
  std::span<std::byte> acquire() noexcept override { return buffer_; }
  void release(std::span<std::byte>) noexcept override {}

 private:
  std::span<std::byte> buffer_;
};

class MessageReader {
 public:
  /// `message_bytes_max`: the largest message handed up whole (0 to the buffer's size).
  MessageReader(Role role, TooLarge policy, std::uint64_t message_bytes_max,
                MessageBufferSource& buffers) noexcept;
  MessageReader(const MessageReader&) = delete;
  MessageReader& operator=(const MessageReader&) = delete;
  ~MessageReader();

  /// Starts a connection: forgets the last one. wslay allocates its one context (4.2 KB) here and nowhere
  /// else; the last one's is freed first. Errors: queue_full when there is no memory for it.
  Result<void> open() noexcept;
  /// Frees wslay's context and returns the message buffer.
  void close() noexcept;

  /// Reads `bytes` and reports what is in them, until all are taken, `pause()` was called from an event, or
  /// an error.
  /// `*taken` says how many bytes were taken. After a pause, `feed` again with the rest (an empty span drives
  /// what wslay holds). After an error or a close frame nothing more is read. Errors: `protocol` or
  /// `too_large`, layer websocket, with the close code to send as `layer_code` (1002, 1007, 1009).
  Result<void> feed(std::span<const std::byte> bytes, std::size_t* taken, MessageEvents& events) noexcept;

  /// From inside an event: hand up nothing more until the next `feed`.
  void pause() noexcept { paused_ = true; }

 private:
  // Sketch: wslay context, the span being fed, state of the frame in progress and of the message in progress.
  struct Feed;
  Role role_;
  TooLarge policy_;
  std::uint64_t message_bytes_max_;
  MessageBufferSource& buffers_;
  wslay_frame_context* wslay_ = nullptr;
  bool paused_ = false;
};

}  // namespace kedge::ws
