// How a connection ends: both sides' close frames, and what still goes out between them.

#include "session.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace kedge {

Error closed_by_peer(std::uint16_t code, std::string_view reason) noexcept {
  Error error(ErrorKind::connection, Layer::websocket, code, "closed by the peer with ");
  error.append(std::int64_t{code});
  return reason.empty() ? error : error.append(": ").append(reason);
}

void Session::enter(Phase phase) noexcept {
  // Towards the end, and from there to the beginning.
  assert((phase_ < phase || (phase_ == Phase::ending && phase == Phase::idle)) && "a phase comes back");
  phase_ = phase;
}

void Session::close(std::uint16_t code, std::string_view reason, const Error& why) noexcept {
  if (phase_ != Phase::open) return;
  assert(!close_due_ && !close_sent_ && close_deadline_ == never && "it is closing already");
  why_ = why;
  enter(Phase::closing);
  close_deadline_ = after(port_->now(), config_.close_timeout);
  if (paused_) resume_reading();  // nothing is handed up any more, but the peer's answer must be found
  queue_close(code, reason);
}

void Session::abort(const Error& why) noexcept {
  end(why);
}

void Session::queue_close(std::uint16_t code, std::string_view reason) noexcept {
  if (close_due_ || close_sent_) return;
  close_due_ = true;
  close_size_ = 0;
  if (!ws::close_code_valid_on_wire(code)) return;  // 1005: a close frame without a code
  close_payload_[0] = static_cast<std::byte>(code >> 8U);
  close_payload_[1] = static_cast<std::byte>(code & 0xFFU);
  // Not cut inside a UTF-8 sequence: the peer must refuse such a reason (RFC 6455 section 5.5.1).
  std::size_t size = std::min(reason.size(), close_payload_.size() - 2);
  while (size < reason.size() && size > 0 && (static_cast<unsigned char>(reason[size]) & 0xC0U) == 0x80U)
    --size;
  if (size > 0) std::memcpy(close_payload_.data() + 2, reason.data(), size);
  close_size_ = static_cast<std::uint8_t>(size + 2);
}

// The closing handshake is over, or the peer broke the rules: what still comes is thrown away. A server ends
// the stream itself, a client waits for it (RFC 6455 section 7.1.1): ending first could destroy our close
// frame. What was queued on this connection may be an answer, and goes out in front while the stream takes
// it; what had waited for the line waits for the next one, with all behind it: a peer that has closed need
// not read it.
void Session::drain() noexcept {
  const bool owes = phase_ == Phase::open && !write_blocked_ && !config_.keeps_queued;
  parting_messages_ = owes ? ring_.begin_parting() : 0;
  enter(Phase::draining);
  if (paused_) resume_reading();
  const Duration wait = std::min<Duration>(config_.close_timeout, std::chrono::seconds{1});
  close_deadline_ = std::min(close_deadline_, after(port_->now(), wait));
}

void Session::end(const Error& why) noexcept {
  if (phase_ == Phase::idle || phase_ == Phase::ending) return;
  if (!why_) why_ = why;
  enter(Phase::ending);
  reader_.pause();
  stream_->close();
}

void Session::on_close(std::uint16_t code, std::string_view reason) noexcept {
  close_received_ = true;
  const bool too_big = code == ws::close_code::message_too_big;
  if (phase_ == Phase::open && !why_) {
    // Now: what is being written is soon back in its queue, and what goes out after this is not to blame.
    if (too_big) events_->on_too_large(ring_.being_written());
    peer_close_.code = code;
    peer_close_.size = static_cast<std::uint8_t>(std::min(reason.size(), peer_close_.reason.size()));
    std::copy_n(reason.begin(), peer_close_.size, peer_close_.reason.begin());
    why_ = closed_by_peer(code, reason);
  }
  queue_close(code, {});
  drain();
  if (too_big) parting_messages_ = 0;  // nor is the rest of that message sent, as it has been refused
}

void Session::put_close() noexcept {
  if (!close_due_ || parting_messages_ != 0) return;
  assert(!close_sent_ && close_size_ != 1 && "half a close code");
  if (!put_control(ws::Opcode::close, std::span(close_payload_).first(close_size_))) return;
  close_due_ = ping_due_ = pong_due_ = false;
  close_sent_ = true;  // the last frame that goes out (RFC 6455 section 5.5.1)
}

}  // namespace kedge
