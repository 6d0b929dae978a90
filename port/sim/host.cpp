// A place that accepts connections: for kedge's server code, or for a scripted peer.
#include "network.hpp"

#include <cerrno>
#include <utility>

namespace kedge::sim::detail {

void HostState::take(Connection& connection) noexcept {
  connection.host = this;
  ++accepted;
  latest = connection.handle();
  connection.ends[1].start(raw ? Endpoint::State::open : Endpoint::State::waiting, &calls, nullptr,
                           raw ? &peer : nullptr);
}

void HostState::announce(Connection& connection) noexcept {
  if (raw) {
    network->happened(Happened::accepted, connection.number, 0, 1);
    connection.ends[1].raw_tell(PeerEvent::open);
    return;
  }
  connection.next = nullptr;
  (first_waiting == nullptr ? first_waiting : last_waiting->next) = &connection;
  last_waiting = &connection;
  if (!accept.scheduled()) network->schedule(accept, Instant{});
}

void HostState::accept_next() noexcept {
  if (first_waiting == nullptr) return;
  if (network->now() < paused_until) {
    network->schedule(accept, paused_until);
    if (!std::exchange(pause_told, true)) {
      network->happened(Happened::accept_error, first_waiting->number, EMFILE, 1);
      events->on_accept_error(
          Error(ErrorKind::connection, Layer::system, EMFILE, "cannot accept: no descriptor left"));
    }
    return;
  }
  if (streams >= streams_max) return;  // `stream_closed` goes on
  Connection& connection = *std::exchange(first_waiting, first_waiting->next);
  if (first_waiting != nullptr && streams + 1 < streams_max) network->schedule(accept, Instant{});
  ++streams;
  Endpoint& end = connection.ends[1];
  end.accepted();
  network->happened(Happened::accepted, connection.number, 0, 1);
  calls.woken();
  events->on_accept(end, connection.from);
  (void)network->require(end.has_events() || end.state() != Endpoint::State::open,
                         "on_accept sets the stream's events or closes it");
}

void HostState::stream_closed() noexcept {
  --streams;
  if (first_waiting != nullptr && !accept.scheduled()) network->schedule(accept, Instant{});
}

void HostState::on_closed() noexcept {
  calls.woken();
  events->on_accept_closed();
}

void HostState::stop_listening() noexcept {
  listening = false;
  network->queue.cancel(accept);
  while (first_waiting != nullptr) {
    Connection& connection = *std::exchange(first_waiting, first_waiting->next);
    connection.ends[1].abandon();
    network->release_if_done(connection);
  }
}

void HostState::release() noexcept {
  stop_listening();
  network->queue.cancel(closed);
  for (std::size_t i = 0; i < network->capacity.connections; ++i) {
    Connection& connection = network->connections[i];
    for (Endpoint& end : connection.ends) {
      const bool ours = raw ? end.peer() == &peer : end.side() == 1 && connection.host == this;
      if (ours) end.abandon();
    }
    if (connection.host == this) connection.host = nullptr;
    network->release_if_done(connection);
  }
  peer.reset();
  admission.reset();
  used = false;
}

}  // namespace kedge::sim::detail
