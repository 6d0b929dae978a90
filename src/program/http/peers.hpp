#pragma once
// The connections of an HTTP server, and how long each of them has kept us waiting.

#include <kedge/time.hpp>

#include <cstddef>
#include <list>

namespace kedge::program {

/// A connection. It waits for us while its request is being answered; at all other times we wait for it: for
/// a request, for the rest of one, for the answer to be taken.
struct HttpPeer {
  int descriptor = -1;
  Instant waited_for_since{};
  bool held = false;  ///< it waits for us
  std::list<HttpPeer>::iterator self = {};
};

class HttpPeers {
 public:
  /// A connection that has just come.
  HttpPeer& add(int descriptor, Instant now) {
    HttpPeer& peer = waited_for_.emplace_back();
    peer.descriptor = descriptor;
    peer.waited_for_since = now;
    peer.self = std::prev(waited_for_.end());
    return peer;
  }
  void remove(HttpPeer& peer) noexcept { (peer.held ? held_ : waited_for_).erase(peer.self); }

  /// Its request is whole: it waits for us.
  void hold(HttpPeer& peer) noexcept {
    if (!peer.held) held_.splice(held_.end(), waited_for_, peer.self);
    peer.held = true;
  }
  /// It has its answer: we wait for it again.
  void wait_for(HttpPeer& peer, Instant now) noexcept {
    waited_for_.splice(waited_for_.end(), peer.held ? held_ : waited_for_, peer.self);
    peer.held = false;
    peer.waited_for_since = now;
  }

  /// The one that we have waited for longest; null when there is none.
  [[nodiscard]] HttpPeer* slowest() noexcept { return waited_for_.empty() ? nullptr : &waited_for_.front(); }
  [[nodiscard]] std::size_t size() const noexcept { return waited_for_.size() + held_.size(); }

 private:
  std::list<HttpPeer> waited_for_;  // the slowest first
  std::list<HttpPeer> held_;
};

}  // namespace kedge::program
