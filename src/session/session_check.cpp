// What must be true of a session at the end of each turn: for builds with assertions.

#include "session.hpp"

#include <cassert>

#ifndef NDEBUG

namespace kedge {

void Session::check() const noexcept {
  ring_.check();
  if (phase_ == Phase::idle) return;
  assert(port_ != nullptr && stream_ != nullptr && events_ != nullptr);
  assert(write_begin_ <= write_end_ && write_end_ <= memory_.write_buffer.size());
  assert(unread_.size() <= memory_.read_buffer.size());
  assert(pong_size_ <= pong_payload_.size() && close_size_ <= close_payload_.size());
  if (phase_ == Phase::ending) return;
  const bool goodbye = close_due_ || close_sent_;
  assert(goodbye == (phase_ != Phase::open) &&
         "a close frame is owed when, and only when, the line is closing");
  assert(!(close_due_ && close_sent_) && "the close frame goes out twice");
  assert(!(close_sent_ && (ping_due_ || pong_due_)) && "nothing goes out behind the close frame");
  assert((phase_ != Phase::open || close_deadline_ == never) && "an open line has no end");
  assert((parting_messages_ == 0 || phase_ == Phase::draining) &&
         "only what the peer ended has parting messages");
  assert((!paused_ || phase_ == Phase::open) && "nobody would find the peer's answer");
  assert((!close_received_ || phase_ == Phase::draining) && "the peer said goodbye, and is read on");
  assert((!write_failed_ || write_blocked_) && "a line that is broken is written to");
  assert((broken_deadline_ == never || (paused_ && write_failed_)) && "a line is held that is not broken");
  assert((!write_shut_ || (close_sent_ && write_begin_ == write_end_)) && "the goodbye was cut off");
  assert((write_begin_ == write_end_ || write_blocked_) &&
         "bytes lie in the buffer, and nothing will send them");
}

}  // namespace kedge

#endif
