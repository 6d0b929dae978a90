#pragma once
// Bytes in, messages out (RFC 6455 sections 5 to 8): FrameReader takes the frames apart; this checks what
// that does not (reserved bits, opcodes, masks, close codes), joins fragments, and checks UTF-8 as it
// arrives.

#include "frame.hpp"
#include "frame_reader.hpp"

#include <kedge/result.hpp>

#include "../codec/utf8.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

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
  /// `message_bytes_max`: the largest message handed up whole (0 to the buffer's size). `buffers` is
  /// borrowed.
  MessageReader(Role role, TooLarge policy, std::uint64_t message_bytes_max,
                MessageBufferSource& buffers) noexcept;
  MessageReader(const MessageReader&) = delete;
  MessageReader& operator=(const MessageReader&) = delete;
  ~MessageReader();

  /// Starts a connection: forgets the last one. Not from inside an event. Errors: queue_full when there is no
  /// memory for the frame reader's context.
  Result<void> open() noexcept;
  /// Frees that context and returns the message buffer. Not from inside an event.
  void close() noexcept;

  /// Reads `bytes` and reports what is in them, until all are taken, `pause()` was called from an event, or
  /// an error.
  /// `*taken` says how many bytes were taken. After a pause, `feed` again with the rest (an empty span drives
  /// what the frame reader holds). After the close frame everything is taken and nothing read; after an error
  /// nothing is taken and the same error comes again. Errors: `protocol` or `too_large`, layer websocket,
  /// with the close code to send as `layer_code` (1002, 1007, 1009); `closed` when it is not open.
  Result<void> feed(std::span<const std::byte> bytes, std::size_t* taken, MessageEvents& events) noexcept;

  /// From inside an event: hand up nothing more until the next `feed`.
  void pause() noexcept { paused_ = true; }

 private:
  enum class State : std::uint8_t { shut, open, closed, failed };
  /// What becomes of the message in progress.
  enum class Fate : std::uint8_t { whole, pieces, skipped };

  void take_frame(const FramePiece& frame, MessageEvents& events) noexcept;
  [[nodiscard]] bool begin_control(const FramePiece& frame) noexcept;
  void take_control(std::span<const std::byte> piece, MessageEvents& events) noexcept;
  void deliver_control(std::span<const std::byte> payload, MessageEvents& events) noexcept;
  void deliver_close(std::span<const std::byte> payload, MessageEvents& events) noexcept;
  [[nodiscard]] bool begin_data(const FramePiece& frame) noexcept;
  void take_data(std::span<const std::byte> piece, MessageEvents& events) noexcept;
  [[nodiscard]] bool check_text(std::span<const std::byte> piece, bool last) noexcept;
  [[nodiscard]] bool make_room(std::uint64_t frame_bytes) noexcept;
  void give_up_whole(MessageEvents& events) noexcept;
  void end_message() noexcept;
  void release_buffer() noexcept;
  void give_up(std::uint16_t close_code, const char* why) noexcept;
  [[nodiscard]] Error failure() const noexcept;

  MessageBufferSource& buffers_;
  FrameReader frames_;
  std::uint64_t message_bytes_max_;
  const Role role_;
  const TooLarge policy_;
  State state_ = State::shut;
  bool paused_ = false;
  bool feeding_ = false;

  // The frame in progress.
  Opcode opcode_ = Opcode::text;
  bool fin_ = true;
  std::uint64_t frame_left_ = 0;  ///< payload bytes still to come; 0 between frames
  /// A piece that could not be handed up because of a pause; in the frame reader's memory until its next
  /// call.
  std::span<const std::byte> held_;
  bool holding_ = false;

  // The message in progress.
  MessageType type_ = MessageType::text;
  Fate fate_ = Fate::whole;
  bool in_message_ = false;          ///< a first frame without FIN has begun
  bool first_piece_ = true;          ///< nothing was handed up of it under `stream`
  std::uint64_t message_bytes_ = 0;  ///< payload so far
  std::span<std::byte> buffer_;      ///< on loan; empty when none
  codec::Utf8Validator utf8_;

  std::uint8_t control_bytes_ = 0;
  std::array<std::byte, control_payload_bytes_max> control_;  ///< a control frame that came in pieces

  std::uint16_t failure_code_ = 0;
  const char* failure_text_ = "";  ///< static storage
};

}  // namespace kedge::ws
