#include "link.hpp"

#include <cassert>

// The end that was asked for: the goodbye waits for an answer that is under way, and for nothing else.

namespace kedge {

Error Link::closed_error() noexcept {
  return {ErrorKind::closed, "the client was closed"};
}

void Link::begin_close() noexcept {
  assert(close_requested_ && state_ != LinkState::closing && state_ != LinkState::closed);
  const Stage stage = stage_;
  // Stage none in another state: a handler closed while the first attempt was being told of.
  if (stage == Stage::none || stage == Stage::waiting) return stop(closed_error());
  stage_deadline_ = never;
  close_by_ = after(port_.now(), config_.close_timeout);
  set_state(LinkState::closing, {});
  switch (stage) {
    case Stage::resolving:
      port_.cancel_resolve();
      return stop(closed_error());
    case Stage::connecting:
    case Stage::proxying:
    case Stage::securing:
    case Stage::upgrading:
      return fail_stage(closed_error());
    case Stage::open:
      if (!protocol_.finishing()) return say_goodbye();
      stage_deadline_ = after(port_.now(), config_.close_timeout / 2);
      return;
    case Stage::ending:
      // With a stream its on_closed follows.
      if (stream_ == nullptr) on_closed();
      return;
    default:
      return;
  }
}

void Link::say_goodbye() noexcept {
  stage_deadline_ = never;
  if (!session_.is_open()) return;
  assert(stage_ == Stage::open && goodbye_bytes_ <= goodbye_.size());
  session_.close(goodbye_code_, {goodbye_.data(), goodbye_bytes_}, closed_error());
  session_.close_by(close_by_);
}

}  // namespace kedge
