#include "network.hpp"

namespace kedge::sim {

detail::Endpoint* Peer::end() const noexcept {
  if (network_ == nullptr) return nullptr;
  detail::Connection* connection = network_->find(connection_);
  if (connection == nullptr || connection->ends[side_].done()) return nullptr;
  return &connection->ends[side_];
}

bool Peer::open() const noexcept {
  const detail::Endpoint* mine = end();
  return mine != nullptr && mine->state() == detail::Endpoint::State::open && !mine->broken();
}

bool Peer::ended() const noexcept {
  const detail::Endpoint* mine = end();
  return mine == nullptr || mine->broken() || mine->connection().inbound(side_).end_arrived();
}

bool Peer::was_reset() const noexcept {
  const detail::Endpoint* mine = end();
  return mine != nullptr && mine->broken();
}

std::size_t Peer::readable() const noexcept {
  const detail::Endpoint* mine = end();
  return mine == nullptr ? 0 : mine->connection().inbound(side_).readable();
}

std::size_t Peer::read(std::span<std::byte> into) noexcept {
  detail::Endpoint* mine = end();
  return mine == nullptr ? 0 : mine->raw_read(into);
}

std::size_t Peer::write(std::span<const std::byte> from) noexcept {
  detail::Endpoint* mine = end();
  return mine == nullptr ? 0 : mine->raw_write(from);
}

void Peer::finish() noexcept {
  if (open()) end()->shutdown_write();
}

void Peer::close() noexcept {
  if (detail::Endpoint* mine = end()) mine->raw_close(false);
}

void Peer::reset() noexcept {
  if (detail::Endpoint* mine = end()) mine->raw_close(true);
}

void Peer::go_silent() noexcept {
  if (detail::Endpoint* mine = end()) mine->connection().cut(Cut::silent);
}

void Peer::restore() noexcept {
  if (detail::Endpoint* mine = end()) mine->connection().restore();
}

PeerHost::PeerHost(World& world, PeerHandler handler) noexcept
    : network_(*world.network_), state_(network_.take_host()) {
  state_.raw = true;
  state_.peer = std::move(handler);
}

PeerHost::~PeerHost() {
  state_.release();
}

Result<Address> PeerHost::listen(const Address& address) noexcept {
  return network_.listen(state_, address);
}

void PeerHost::stop_listening() noexcept {
  state_.stop_listening();
}

void PeerHost::set_admission(Callback<Admission()> admission) noexcept {
  state_.admission = std::move(admission);
}

Peer PeerHost::dial(const Address& address) noexcept {
  detail::Connection* connection = network_.take_connection(ipv4(10, 254, 0, 1, 40000), address);
  if (connection == nullptr) return Peer{};
  detail::Endpoint& mine = connection->ends[0];
  mine.start(detail::Endpoint::State::opening, &state_.calls, nullptr, &state_.peer);
  connection->connect();
  return network_.peer(mine);
}

Peer PeerHost::latest() const noexcept {
  detail::Connection* connection = network_.find(state_.latest);
  return connection == nullptr ? Peer{} : network_.peer(connection->ends[1]);
}

std::uint64_t PeerHost::accepted() const noexcept {
  return state_.accepted;
}

void PeerHost::set_profile(const NetworkProfile& profile) noexcept {
  state_.profile = profile;
}

std::size_t PeerHost::cut_all(Cut cut) noexcept {
  return network_.cut_if(cut, [this](const detail::Connection& c) {
    return c.ends[0].peer() == &state_.peer || c.ends[1].peer() == &state_.peer;
  });
}

}  // namespace kedge::sim
