#include "network.hpp"

namespace kedge::sim {

Address ipv4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d,
             std::uint16_t tcp_port) noexcept {
  Address address;
  address.port = tcp_port;
  address.bytes = {a, b, c, d};
  return address;
}

Address ipv6(std::uint16_t last, std::uint16_t tcp_port) noexcept {
  Address address;
  address.family = Address::Family::ipv6;
  address.port = tcp_port;
  address.bytes[0] = 0xFD;
  address.bytes[14] = static_cast<std::uint8_t>(last >> 8);
  address.bytes[15] = static_cast<std::uint8_t>(last & 0xFF);
  return address;
}

World::World(std::uint64_t seed, const Capacity& capacity)
    : network_(std::make_unique<detail::Network>(seed, capacity)) {}

World::~World() = default;

Instant World::now() const noexcept {
  return network_->now();
}

bool World::step() noexcept {
  return network_->step(never);
}

bool World::step_until(Instant limit) noexcept {
  return network_->step(limit);
}

void World::run_until(Instant moment) noexcept {
  while (network_->step(moment)) {
  }
}

bool World::run_until_idle(Duration bound) noexcept {
  const Instant limit = after(now(), bound);
  while (!network_->queue.empty()) {
    if (!network_->step(limit)) return false;
  }
  return true;
}

bool World::at(Instant moment, Callback<void()> action) noexcept {
  return network_->add_action(moment, std::move(action));
}

void World::set_profile(const NetworkProfile& profile) noexcept {
  network_->profile = profile;
}

const NetworkProfile& World::profile() const noexcept {
  return network_->profile;
}

std::size_t World::cut_all(Cut cut) noexcept {
  return network_->cut_if(cut, [](const detail::Connection&) { return true; });
}

void World::restore_all() noexcept {
  for (std::size_t i = 0; i < network_->capacity.connections; ++i) {
    if (network_->connections[i].used()) network_->connections[i].restore();
  }
}

void World::set_family(Address::Family family, bool supported) noexcept {
  network_->family_supported[static_cast<std::size_t>(family)] = supported;
}

void World::set_timer_grain(Duration grain) noexcept {
  network_->timer_grain = grain;
}

std::size_t World::connections() const noexcept {
  std::size_t count = 0;
  for (std::size_t i = 0; i < network_->capacity.connections; ++i) {
    if (network_->connections[i].used()) ++count;
  }
  return count;
}

bool World::set_name(std::string_view host, std::span<const Address> addresses, Duration delay) noexcept {
  return network_->names.set(host, detail::Names::Answer::addresses, addresses, delay);
}

bool World::set_name_failure(std::string_view host, Duration delay) noexcept {
  return network_->names.set(host, detail::Names::Answer::failure, {}, delay);
}

bool World::set_name_silent(std::string_view host) noexcept {
  return network_->names.set(host, detail::Names::Answer::silence, {}, Duration::zero());
}

void World::set_wall_time(std::optional<WallTime> time) noexcept {
  if (time) {
    network_->wall_offset = time->time_since_epoch() - now().time_since_epoch();
  } else {
    network_->wall_offset.reset();
  }
}

void World::jump_wall_time(std::chrono::milliseconds by) noexcept {
  if (network_->wall_offset) *network_->wall_offset += by;
}

std::optional<WallTime> World::wall_time() const noexcept {
  if (!network_->wall_offset) return std::nullopt;
  return WallTime{
      std::chrono::floor<std::chrono::milliseconds>(now().time_since_epoch() + *network_->wall_offset)};
}

Rng& World::rng() noexcept {
  return network_->rng;
}

std::uint64_t World::seed() const noexcept {
  return network_->seed;
}

void World::note(std::string_view text) noexcept {
  network_->trace.note(now(), text);
}

void World::print_trace(std::FILE* to) const noexcept {
  network_->print_trace(to);
}

std::uint64_t World::digest() const noexcept {
  return network_->trace.digest();
}

std::uint64_t World::events() const noexcept {
  return network_->events;
}

void World::set_on_broken_contract(Callback<void(std::string_view)> handler) noexcept {
  network_->on_broken_contract = std::move(handler);
}

}  // namespace kedge::sim
