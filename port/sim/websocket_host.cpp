#include "websocket_host.hpp"

namespace kedge::sim::detail {

WebSocketHost::WebSocketHost(World& in, const WebSocketPeerConfig& how)
    : world(in),
      config(how),
      raw(in, [this](Peer peer, PeerEvent event) noexcept { on_event(peer, event); }) {
  raw.set_admission([this]() noexcept { return admit(); });
}

Result<Address> WebSocketHost::listen(const Address& address, std::string_view host) {
  const Result<Address> bound = raw.listen(address);
  if (!bound || host.empty() || world.set_name(host, std::span(&bound.value(), 1))) return bound;
  raw.stop_listening();
  return Error(ErrorKind::config, "the World has no room for the name: Capacity::names, or it is too long");
}

void WebSocketHost::plan(const Reception& reception, std::size_t count) {
  if (count == 0) return;
  plan_.emplace_back(reception, count);
  planned += count;
}

Admission WebSocketHost::admit() {
  ++asked;
  arriving_ = plan_.empty() ? otherwise : plan_.front().first;
  if (!plan_.empty()) {
    --planned;
    if (--plan_.front().second == 0) plan_.pop_front();
  }
  switch (arriving_.kind()) {
    case Reception::Kind::refuse_connection:
      return Admission::refuse;
    case Reception::Kind::ignore_connection:
      return Admission::ignore;
    default:
      return Admission::accept;
  }
}

void WebSocketHost::on_event(Peer peer, PeerEvent event) {
  if (event == PeerEvent::open) {
    lines.push_back(std::make_unique<WebSocketLine>(*this, lines.size() + 1, peer, arriving_));
    return lines.back()->begin();
  }
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    if ((*line)->peer() == peer) return (*line)->on_event(event);
  }
}

void WebSocketHost::answer_later(WebSocketLine& line, std::size_t nth, Duration delay) {
  const bool room =
      world.at(after(world.now(), delay), [weak = weak_from_this(), line = &line, nth]() noexcept {
        if (const auto alive = weak.lock()) line->give_answer(nth);
      });
  if (!room)
    fail(Error(ErrorKind::queue_full, "no room in the World for a delayed answer: Capacity::actions"));
}

void WebSocketHost::fail(const Error& error) noexcept {
  world.note(error.message());
  if (!failure) failure = error;
}

}  // namespace kedge::sim::detail
