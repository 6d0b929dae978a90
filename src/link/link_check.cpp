// What must be true of a link: which step may follow which, and at the end of each turn. For builds with
// assertions.

#include "link.hpp"

#include <cassert>

#ifndef NDEBUG

namespace kedge {

void Link::check_step(LinkState from, LinkState to) noexcept {
  switch (to) {
    case LinkState::idle:
      assert(false && "nothing begins again");
      break;
    case LinkState::connecting:
      assert((from == LinkState::idle || from == LinkState::waiting) && "an attempt begins inside another");
      break;
    case LinkState::authenticating:
      assert(from == LinkState::connecting && "a line opens that was not dialled");
      break;
    case LinkState::ready:
      assert(from == LinkState::authenticating && "nobody has accepted us");
      break;
    case LinkState::waiting:
    case LinkState::closing:
      assert(
          (from == LinkState::connecting || from == LinkState::authenticating || from == LinkState::ready) &&
          "there is nothing to end");
      break;
    case LinkState::closed:
      assert(from != LinkState::closed);
      break;
  }
}

void Link::check_step(Stage from, Stage to) noexcept {
  switch (to) {
    case Stage::none:
      assert((from == Stage::none || from == Stage::resolving || from == Stage::open ||
              from == Stage::ending || from == Stage::waiting) &&
             "the stream of a stage is left behind");
      break;
    case Stage::resolving:
      assert((from == Stage::none || from == Stage::waiting) && "an attempt begins inside another");
      break;
    case Stage::connecting:
      assert((from == Stage::resolving || from == Stage::ending) && "there is no address");
      break;
    case Stage::proxying:
      assert(from == Stage::connecting);
      break;
    case Stage::securing:
      assert(from == Stage::connecting || from == Stage::proxying);
      break;
    case Stage::upgrading:
      assert(from == Stage::connecting || from == Stage::proxying || from == Stage::securing);
      break;
    case Stage::open:
      assert(from == Stage::upgrading && "frames go out before the upgrade");
      break;
    case Stage::ending:
      assert(from >= Stage::resolving && from <= Stage::upgrading && "no stage of an attempt can fail here");
      break;
    case Stage::waiting:
      assert(from == Stage::none && "the attempt is not over");
      break;
  }
}

void Link::check_turn() const noexcept {
  if (!session_.active()) ring_.check();  // else the session has looked
  assert((stage_ == Stage::open) == session_.active() && "the session has a stream, and the stage another");
  assert((stage_ == Stage::open) == protocol_open_ && "the protocol believes in another line");
  assert((ready_since_ == never || stage_ == Stage::open) && "a line is ready that does not stand");
  assert((state_ != LinkState::ready || ready_since_ != never) && "it is ready, and nobody has accepted us");
  assert(unjudged_ == nullptr && request_written_ <= request_size_);
  switch (stage_) {
    case Stage::none:
      assert((state_ == LinkState::idle || state_ == LinkState::closed) && stream_ == nullptr);
      break;
    case Stage::resolving:
      assert(state_ == LinkState::connecting && stream_ == nullptr);
      break;
    case Stage::waiting:
      assert(state_ == LinkState::waiting && stream_ == nullptr);
      break;
    case Stage::connecting:
    case Stage::proxying:
    case Stage::securing:
    case Stage::upgrading:
      assert(state_ == LinkState::connecting && stream_ != nullptr);
      break;
    case Stage::ending:
      assert((state_ == LinkState::connecting || state_ == LinkState::closing) && stage_error_);
      assert((stream_ != nullptr || stage_deadline_ != never) && "nothing will end the stage");
      break;
    case Stage::open:
      assert((state_ == LinkState::authenticating || state_ == LinkState::ready ||
              state_ == LinkState::closing) &&
             stream_ != nullptr);
      break;
  }
}

}  // namespace kedge

#endif
