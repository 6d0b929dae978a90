#pragma once
// What a WebSocketPeer and its connections share: the plan, the handlers, and everybody who came.

#include "websocket_line.hpp"

#include <deque>
#include <memory>
#include <utility>

namespace kedge::sim::detail {

class WebSocketHost : public std::enable_shared_from_this<WebSocketHost> {
 public:
  WebSocketHost(World& world, const WebSocketPeerConfig& config);

  Result<Address> listen(const Address& address, std::string_view host);
  void plan(const Reception& reception, std::size_t count);
  /// Calls `line.give_answer(nth)` after `delay`, should the peer still be there by then.
  void answer_later(WebSocketLine& line, std::size_t nth, Duration delay);
  void fail(const Error& error) noexcept;

  World& world;
  const WebSocketPeerConfig config;
  WebSocketHandler on_open;
  WebSocketMessageHandler on_message;
  WebSocketHandler on_end;
  Reception otherwise = Reception::accept();
  std::size_t asked = 0;
  std::size_t planned = 0;
  Error failure;
  std::vector<std::unique_ptr<WebSocketLine>> lines;

 private:
  Admission admit();
  void on_event(Peer peer, PeerEvent event);

  std::deque<std::pair<Reception, std::size_t>> plan_;
  Reception arriving_ = Reception::accept();  ///< of the connection that was admitted last

 public:
  PeerHost raw;  ///< last: it goes first, and tells nobody
};

}  // namespace kedge::sim::detail
