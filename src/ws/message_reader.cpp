#include "message_reader.hpp"

#include "close_code.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace kedge::ws {

MessageReader::MessageReader(Role role, TooLarge policy, std::uint64_t message_bytes_max,
                             MessageBufferSource& buffers) noexcept
    : buffers_(buffers), message_bytes_max_(message_bytes_max), role_(role), policy_(policy) {}

MessageReader::~MessageReader() {
  close();
}

Result<void> MessageReader::open() noexcept {
  close();
  if (auto opened = frames_.open(); !opened) return opened;
  assert(buffer_.empty() && !in_message_ && "something is left of the last connection");
  frame_left_ = 0;
  holding_ = false;
  state_ = State::open;
  return {};
}

void MessageReader::close() noexcept {
  assert(!feeding_ && "a reader may not be closed from inside its events");
  frames_.close();
  state_ = State::shut;
  end_message();
}

Result<void> MessageReader::feed(std::span<const std::byte> bytes, std::size_t* taken,
                                 MessageEvents& events) noexcept {
  *taken = 0;
  if (state_ == State::failed) return failure();
  if (state_ == State::shut) return Error(ErrorKind::closed, "the frame reader is not open");
  if (state_ == State::closed) {
    *taken = bytes.size();
    return {};
  }
  assert(!feeding_ && "feed was called from inside an event");
  feeding_ = true;
  paused_ = false;
  frames_.give(bytes);
  if (holding_) {
    holding_ = false;
    assert(fate_ == Fate::pieces && held_.size() <= frame_left_);
    take_data(held_, events);
  }
  FramePiece frame;
  auto got = FrameReader::Got::piece;
  while (state_ == State::open && !paused_ && got == FrameReader::Got::piece) {
    got = frames_.next(frame);
    if (got == FrameReader::Got::piece) take_frame(frame, events);
    if (got == FrameReader::Got::broken) {
      give_up(close_code::protocol_error,
              "a frame header breaks RFC 6455 5: control frame cut up or over 125 bytes, or a bad length");
    }
  }
  *taken = state_ == State::closed ? bytes.size() : bytes.size() - frames_.left();
  assert(*taken <= bytes.size() && (buffer_.empty() || in_message_));
  frames_.give({});
  feeding_ = false;
  if (state_ == State::failed) return failure();
  return {};
}

void MessageReader::take_frame(const FramePiece& frame, MessageEvents& events) noexcept {
  const std::span<const std::byte> piece = frame.bytes;
  if (frame_left_ != 0)
    return opcode_ >= Opcode::close ? take_control(piece, events) : take_data(piece, events);

  // A new frame: its length's form was checked, and that control frames are short and whole.
  if (frame.reserved_bits != 0) return give_up(close_code::protocol_error, "a frame has reserved bits set");
  if (frame.masked != (role_ == Role::server)) {
    return give_up(close_code::protocol_error, role_ == Role::server ? "a frame from a client is not masked"
                                                                     : "a frame from a server is masked");
  }
  opcode_ = static_cast<Opcode>(frame.opcode);
  fin_ = frame.fin;
  frame_left_ = frame.payload_bytes;
  const bool all_here = frame.payload_bytes == piece.size();
  if (opcode_ >= Opcode::close) {
    if (!begin_control(frame)) return;
    if (!all_here) return take_control(piece, events);
    frame_left_ = 0;
    return deliver_control(piece, events);
  }
  if (!begin_data(frame)) return;
  // The usual message is one frame, all of it in the frame reader's memory: it goes straight up.
  if (all_here && fin_ && message_bytes_ == 0 && fate_ == Fate::whole && piece.size() <= message_bytes_max_) {
    frame_left_ = 0;
    if (type_ == MessageType::text && !check_text(piece, true)) return;
    events.on_message(type_, piece);
    return end_message();
  }
  if (fate_ == Fate::whole && !make_room(frame.payload_bytes)) {
    give_up_whole(events);
    if (state_ != State::open) return;
    if (paused_) {
      held_ = piece;
      holding_ = true;
      return;
    }
  }
  take_data(piece, events);
}

bool MessageReader::begin_control(const FramePiece& frame) noexcept {
  if (opcode_ > Opcode::pong) {
    give_up(close_code::protocol_error, "a frame has an unknown control opcode");
    return false;
  }
  // The frame reader has refused longer ones; `control_` depends on it.
  if (frame.payload_bytes > control_payload_bytes_max) {
    give_up(close_code::protocol_error, "a control frame is longer than 125 bytes");
    return false;
  }
  control_bytes_ = 0;
  return true;
}

void MessageReader::take_control(std::span<const std::byte> piece, MessageEvents& events) noexcept {
  assert(piece.size() <= frame_left_ && control_bytes_ + piece.size() <= control_.size());
  if (!piece.empty()) std::memcpy(control_.data() + control_bytes_, piece.data(), piece.size());
  control_bytes_ = static_cast<std::uint8_t>(control_bytes_ + piece.size());
  frame_left_ -= piece.size();
  if (frame_left_ == 0) deliver_control(std::span(control_).first(control_bytes_), events);
}

void MessageReader::deliver_control(std::span<const std::byte> payload, MessageEvents& events) noexcept {
  assert(frame_left_ == 0 && payload.size() <= control_payload_bytes_max);
  if (opcode_ == Opcode::ping) return events.on_ping(payload);
  if (opcode_ == Opcode::pong) return events.on_pong(payload);
  deliver_close(payload, events);
}

void MessageReader::deliver_close(std::span<const std::byte> payload, MessageEvents& events) noexcept {
  std::uint16_t code = close_code::none_received;
  std::string_view reason;
  if (payload.size() == 1) return give_up(close_code::protocol_error, "a close frame has half a close code");
  if (payload.size() >= 2) {
    code = static_cast<std::uint16_t>(std::to_integer<unsigned>(payload[0]) << 8 |
                                      std::to_integer<unsigned>(payload[1]));
    reason = {reinterpret_cast<const char*>(payload.data()) + 2, payload.size() - 2};
    if (!close_code_valid_on_wire(code)) {
      return give_up(close_code::protocol_error, "a close frame has a code that may not be sent");
    }
    if (!codec::utf8_valid(reason)) {
      return give_up(close_code::invalid_data, "a close frame's reason is not UTF-8");
    }
  }
  state_ = State::closed;
  events.on_close(code, reason);
}

bool MessageReader::begin_data(const FramePiece& frame) noexcept {
  if (frame.opcode > static_cast<unsigned>(Opcode::binary)) {
    give_up(close_code::protocol_error, "a frame has an unknown data opcode");
    return false;
  }
  if ((opcode_ == Opcode::continuation) != in_message_) {
    give_up(close_code::protocol_error, in_message_ ? "a new message begins inside a fragmented one"
                                                    : "a continuation frame continues nothing");
    return false;
  }
  if (!in_message_) {
    type_ = opcode_ == Opcode::text ? MessageType::text : MessageType::binary;
    in_message_ = true;
  }
  return true;
}

void MessageReader::take_data(std::span<const std::byte> piece, MessageEvents& events) noexcept {
  assert(in_message_ && piece.size() <= frame_left_ && "a frame has more bytes than it says");
  frame_left_ -= piece.size();
  const bool last = fin_ && frame_left_ == 0;
  if (type_ == MessageType::text && !check_text(piece, last)) return;
  const auto before = static_cast<std::size_t>(message_bytes_);
  message_bytes_ += piece.size();
  switch (fate_) {
    case Fate::whole:
      assert(message_bytes_ <= message_bytes_max_ && message_bytes_ - before <= buffer_.size() - before);
      if (!piece.empty()) std::memcpy(buffer_.data() + before, piece.data(), piece.size());
      if (last) events.on_message(type_, buffer_.first(before + piece.size()));
      break;
    case Fate::pieces:
      if (!piece.empty() || last) {
        const bool first = first_piece_;
        first_piece_ = false;
        events.on_piece(type_, piece, first, last);
      }
      break;
    case Fate::skipped:
      if (last) events.on_discarded(type_, message_bytes_);
      break;
  }
  if (last) end_message();
}

/// Checks the text whatever its fate: a message that is skipped must be UTF-8 too (RFC 6455 section 8.1).
bool MessageReader::check_text(std::span<const std::byte> piece, bool last) noexcept {
  if (utf8_.feed(piece) && (!last || utf8_.complete())) return true;
  give_up(close_code::invalid_data, "a text message is not UTF-8");
  return false;
}

/// Whether the message in progress can be kept whole with this frame; borrows a buffer when one is needed.
bool MessageReader::make_room(std::uint64_t frame_bytes) noexcept {
  if (frame_bytes == 0) return true;
  assert(message_bytes_ <= message_bytes_max_ && (message_bytes_ == 0 || !buffer_.empty()));
  if (frame_bytes > message_bytes_max_ - message_bytes_) return false;
  if (buffer_.empty()) buffer_ = buffers_.acquire();
  return frame_bytes <= buffer_.size() - std::min<std::uint64_t>(message_bytes_, buffer_.size());
}

/// The message turned out to be too large, or there is no buffer for it.
void MessageReader::give_up_whole(MessageEvents& events) noexcept {
  if (policy_ == TooLarge::close) {
    return give_up(close_code::message_too_big, "a message is larger than the limit");
  }
  if (policy_ == TooLarge::discard) {
    release_buffer();
    fate_ = Fate::skipped;
    return;
  }
  fate_ = Fate::pieces;
  first_piece_ = true;
  if (message_bytes_ > 0) {
    first_piece_ = false;
    events.on_piece(type_, buffer_.first(static_cast<std::size_t>(message_bytes_)), true, false);
  }
  release_buffer();
}

void MessageReader::end_message() noexcept {
  release_buffer();
  in_message_ = false;
  fate_ = Fate::whole;
  message_bytes_ = 0;
  utf8_.reset();
}

void MessageReader::release_buffer() noexcept {
  if (buffer_.empty()) return;
  buffers_.release(buffer_);
  buffer_ = {};
}

void MessageReader::give_up(std::uint16_t close_code, const char* why) noexcept {
  assert(state_ == State::open && why != nullptr);
  state_ = State::failed;
  release_buffer();
  failure_code_ = close_code;
  failure_text_ = why;
}

Error MessageReader::failure() const noexcept {
  const bool too_large = failure_code_ == close_code::message_too_big;
  return {too_large ? ErrorKind::too_large : ErrorKind::protocol, Layer::websocket, failure_code_,
          failure_text_};
}

}  // namespace kedge::ws
