#pragma once
// Heap memory that holds libuv handles: it frees itself when its object is gone and its last handle has
// closed.

#include "loop_core.hpp"

#include <cassert>

namespace kedge::uv {

class Socket;

/// The heap part of a Port or a Listener. libuv keeps pointers into it until the close callbacks have run, so
/// the C++ object in front of it may be destroyed at any time.
class Block {
 public:
  explicit Block(LoopCore& loop) noexcept : loop_(loop) { loop.retain(); }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  [[nodiscard]] LoopCore& loop() noexcept { return loop_; }

  /// A handle or a request was given to libuv.
  void opened() noexcept {
    assert(!abandoned_ && "a handle opens for nobody");
    ++open_;
  }
  /// It came back. The last thing its callback does: the block may be gone afterwards.
  void closed() noexcept {
    assert(open_ > 0 && "libuv gave a handle back twice");
    --open_;
    free_if_done();
  }
  /// The object is gone: no more events, and the block ends with its last handle.
  void abandon() noexcept {
    assert(events_under_way_ == 0 && "destroyed inside one of its own callbacks");
    assert(!abandoned_ && "abandoned twice");
    abandoned_ = true;
    free_if_done();
  }

  /// One of its sockets has closed and may be used again.
  virtual void socket_returned(Socket&) noexcept {}

 protected:
  virtual ~Block() { loop_.release(); }

 private:
  friend class EventScope;
  void free_if_done() noexcept {
    if (abandoned_ && open_ == 0) delete this;
  }

  LoopCore& loop_;
  unsigned open_ = 0;
  unsigned events_under_way_ = 0;
  bool abandoned_ = false;
};

/// An event of a block is being delivered. Ends before `Block::closed()`.
class EventScope {
 public:
  explicit EventScope(Block& block) noexcept : block_(block) {
    ++block.events_under_way_;
    block.loop_.enter();
  }
  EventScope(const EventScope&) = delete;
  EventScope& operator=(const EventScope&) = delete;
  ~EventScope() {
    block_.loop_.leave();
    --block_.events_under_way_;
  }

 private:
  Block& block_;
};

}  // namespace kedge::uv
