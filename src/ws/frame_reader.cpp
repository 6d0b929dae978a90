#include "frame_reader.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

#include <wslay/wslay.h>

namespace kedge::ws {

namespace {

/// wslay asks for bytes; `user_data` is the span they are taken from. 0 makes it say WANT_READ.
ssize_t copy_input(std::uint8_t* out, std::size_t size, int, void* user_data) noexcept {
  auto& input = *static_cast<std::span<const std::byte>*>(user_data);
  const std::size_t count = std::min(size, input.size());
  if (count == 0) return 0;
  std::memcpy(out, input.data(), count);
  input = input.subspan(count);
  return static_cast<ssize_t>(count);
}

}  // namespace

Result<void> FrameReader::open() noexcept {
  close();
  const wslay_frame_callbacks callbacks{nullptr, copy_input, nullptr};
  if (wslay_frame_context_init(&wslay_, &callbacks, &input_) == 0) return {};
  wslay_ = nullptr;
  return Error(ErrorKind::queue_full, "no memory for the frame reader");
}

void FrameReader::close() noexcept {
  if (wslay_ != nullptr) wslay_frame_context_free(wslay_);
  wslay_ = nullptr;
}

FrameReader::Got FrameReader::next(FramePiece& piece) noexcept {
  assert(wslay_ != nullptr && "the frame reader is not open");
  wslay_frame_iocb frame;
  const auto got = wslay_frame_recv(wslay_, &frame);
  // WANT_READ comes only when the input is used up: wslay's buffer always has room for the header it waits
  // for.
  assert((got != WSLAY_ERR_WANT_READ || input_.empty()) && "wslay leaves bytes behind");
  if (got < 0) return got == WSLAY_ERR_WANT_READ ? Got::starved : Got::broken;
  piece = {.fin = frame.fin != 0,
           .masked = frame.mask != 0,
           .reserved_bits = frame.rsv,
           .opcode = frame.opcode,
           .payload_bytes = frame.payload_length,
           .bytes = {reinterpret_cast<const std::byte*>(frame.data), frame.data_length}};
  return Got::piece;
}

}  // namespace kedge::ws
