// The raw end of a scripted peer: exact reads and writes, no whims, and events for everything that arrives.
#include "endpoint.hpp"
#include "network.hpp"

#include <algorithm>

namespace kedge::sim::detail {

void Endpoint::raw_tell(PeerEvent event) noexcept {
  if (*peer_) (*peer_)(connection_->network->peer(*this), event);
}

void Endpoint::raw_tell_arrived() noexcept {
  const Pipe& pipe = connection_->inbound(side_);
  // The handler may close this end in any of the three.
  if (pipe.total_arrived() > raw_told_bytes_) {
    raw_told_bytes_ = pipe.total_arrived();
    raw_tell(PeerEvent::bytes);
  }
  if (state_ == State::open && pipe.end_arrived() && !end_told_) {
    end_told_ = true;
    raw_tell(PeerEvent::end);
  }
  if (state_ == State::open && broken()) raw_tell(PeerEvent::reset);
}

std::size_t Endpoint::raw_read(std::span<std::byte> into) noexcept {
  const std::size_t count = connection_->inbound(side_).take(into, false);
  if (count > 0) connection_->side_read(side_);
  return count;
}

std::size_t Endpoint::raw_write(std::span<const std::byte> from) noexcept {
  if (state_ != State::open || broken() || shut_) return 0;
  Pipe& pipe = connection_->outbound(side_);
  const std::size_t count = pipe.end_put() ? from.size() : std::min(from.size(), pipe.room());
  want_write_ = count < from.size();
  connection_->send(side_, from.first(count));
  return count;
}

void Endpoint::raw_close(bool reset) noexcept {
  connection_->network->happened(Happened::close, connection_->number, 0, side_);
  cancel_all();
  state_ = State::closed;
  if (reset) {
    connection_->send_reset(side_);
  } else {
    connection_->side_closed(side_);
  }
  connection_->network->release_if_done(*connection_);
}

}  // namespace kedge::sim::detail
