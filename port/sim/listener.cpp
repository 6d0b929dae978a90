#include "network.hpp"

namespace kedge::sim {

Listener::Listener(World& world, std::uint32_t streams_max) noexcept
    : network_(*world.network_), state_(network_.take_host()) {
  state_.raw = false;
  state_.streams_max = streams_max;
}

Listener::~Listener() {
  state_.release();
}

Result<Address> Listener::listen(const Address& address, AcceptEvents& events) noexcept {
  Result<Address> bound = network_.listen(state_, address);
  if (bound) state_.events = &events;
  return bound;
}

void Listener::close() noexcept {
  if (!state_.listening) return;
  state_.stop_listening();
  network_.schedule(state_.closed, Instant{});
}

void Listener::pause_accepting(Duration length) noexcept {
  state_.paused_until = after(network_.now(), length);
  state_.pause_told = false;
}

void Listener::set_profile(const NetworkProfile& profile) noexcept {
  state_.profile = profile;
}

std::size_t Listener::cut_all(Cut cut) noexcept {
  return network_.cut_if(cut, [this](const detail::Connection& c) { return c.host == &state_; });
}

Calls& Listener::calls() noexcept {
  return state_.calls;
}

}  // namespace kedge::sim
