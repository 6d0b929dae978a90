#include "network.hpp"

#include <cerrno>
#include <cstdlib>

namespace kedge::sim::detail {

namespace {

bool is_any(const Address& address) noexcept {
  return std::all_of(address.bytes.begin(), address.bytes.end(), [](std::uint8_t b) { return b == 0; });
}

std::size_t events_max(const Capacity& capacity) noexcept {
  return capacity.ports * std::size_t{2}                               // timer, resolver
         + capacity.hosts * std::size_t{2}                             // accept, closed
         + capacity.connections * std::size_t{Connection::events_max}  //
         + capacity.actions;
}

}  // namespace

Network::Network(std::uint64_t seed_, const Capacity& capacity_)
    : seed(seed_),
      capacity(capacity_),
      queue(events_max(capacity_)),
      names(capacity_.names),
      rng(mix(seed_)),
      connections(std::make_unique<Connection[]>(capacity_.connections)),
      now_(clock_start),
      // Not cleared: a World costs the pages that are used.
      buffers_(std::make_unique_for_overwrite<std::byte[]>(std::size_t{2} * capacity_.buffer_bytes *
                                                           capacity_.connections)),
      ports_(std::make_unique<PortState[]>(capacity_.ports)),
      hosts_(std::make_unique<HostState[]>(capacity_.hosts)),
      actions_(std::make_unique<Action[]>(capacity_.actions)) {
  const std::size_t each = std::size_t{2} * capacity.buffer_bytes;
  for (std::uint16_t i = 0; i < capacity.connections; ++i) {
    connections[i].place(*this, i, {buffers_.get() + i * each, each});
    release_if_done(connections[i]);
  }
  for (std::uint16_t i = 0; i < capacity.ports; ++i) {
    PortState& port = ports_[i];
    port.network = this;
    port.index = i;
    port.timer = {&port, [](void* self) noexcept { static_cast<PortState*>(self)->on_timer(); }};
    port.resolved = {&port, [](void* self) noexcept { static_cast<PortState*>(self)->on_resolved(); }};
  }
  for (std::uint16_t i = 0; i < capacity.hosts; ++i) {
    HostState& host = hosts_[i];
    host.network = this;
    host.accept = {&host, [](void* self) noexcept { static_cast<HostState*>(self)->accept_next(); }};
    host.closed = {&host, [](void* self) noexcept { static_cast<HostState*>(self)->on_closed(); }};
  }
  for (std::uint16_t i = 0; i < capacity.actions; ++i) {
    actions_[i].event = {&actions_[i], &Network::run_action};
  }
  // 2026-01-01 00:00 UTC at the start.
  wall_offset = std::chrono::seconds{1767225600} - clock_start.time_since_epoch();
}

bool Network::step(Instant limit) noexcept {
  if (!require(!stepping_, "a World is not run from a callback")) return false;
  if (queue.empty() || queue.next() > limit) {
    if (limit != never) advance(limit);
    return false;
  }
  const Instant when = queue.next();
  spins_ = when > now_ ? 0 : spins_ + 1;
  now_ = when;
  if (!require(spins_ <= spins_max, "time passes: a million events came at one instant")) {
    spins_ = 0;
    return false;
  }
  Event& event = queue.pop();
  ++events;
  stepping_ = true;
  event.run(event.owner);
  stepping_ = false;
  return true;
}

void Network::broken_contract(const char* contract) noexcept {
  trace.note(now_, "contract broken");
  trace.note(now_, contract);
  if (on_broken_contract) {
    on_broken_contract(contract);
    return;
  }
  std::fprintf(stderr, "kedge sim: contract of port.hpp broken: %s\n", contract);
  print_trace(stderr);
  std::abort();
}

void Network::print_trace(std::FILE* to) const noexcept {
  std::fprintf(to, "kedge sim: seed %llu, the last events:\n", static_cast<unsigned long long>(seed));
  trace.print(to, clock_start);
}

PortState& Network::take_port() noexcept {
  PortState* found = std::find_if(ports_.get(), ports_.get() + capacity.ports,
                                  [](const PortState& port) { return !port.used; });
  if (found == ports_.get() + capacity.ports) {
    std::fputs("kedge sim: more Ports than Capacity::ports\n", stderr);
    std::abort();
  }
  found->used = true;
  found->events = nullptr;
  found->calls = Calls{};
  // A port that comes after another one is another process: its random numbers do not repeat.
  found->entropy = Rng(mix(~seed + ports_made_++));
  found->connection = Handle{};
  found->resolving = false;
  found->random_works = true;
  return *found;
}

HostState& Network::take_host() noexcept {
  HostState* found = std::find_if(hosts_.get(), hosts_.get() + capacity.hosts,
                                  [](const HostState& host) { return !host.used; });
  if (found == hosts_.get() + capacity.hosts) {
    std::fputs("kedge sim: more Listeners and PeerHosts than Capacity::hosts\n", stderr);
    std::abort();
  }
  found->used = true;
  found->events = nullptr;
  found->calls = Calls{};
  found->profile.reset();
  found->latest = Handle{};
  found->accepted = 0;
  found->paused_until = Instant{};
  found->streams = 0;
  found->pause_told = false;
  return *found;
}

Result<Address> Network::listen(HostState& host, const Address& address) noexcept {
  if (host.listening || host.closed.scheduled()) {
    return Error(ErrorKind::config, "it listens already");
  }
  if (!family_supported[static_cast<std::size_t>(address.family)]) {
    return Error(ErrorKind::connection, Layer::system, EAFNOSUPPORT, "address family not supported");
  }
  Address bound = address;
  if (bound.port == 0) bound.port = next_port_++;
  const HostState* other = host_at(bound);
  if (other != nullptr && other->address == bound) {
    return Error(ErrorKind::connection, Layer::system, EADDRINUSE, "address in use");
  }
  host.address = bound;
  host.listening = true;
  return bound;
}

HostState* Network::host_at(const Address& address) noexcept {
  HostState* found = nullptr;
  for (std::size_t i = 0; i < capacity.hosts; ++i) {
    HostState& host = hosts_[i];
    if (!host.listening || host.address.port != address.port) continue;
    if (host.address == address) return &host;
    if (host.address.family == address.family && is_any(host.address)) found = &host;
  }
  return found;
}

Connection* Network::take_connection(const Address& from, const Address& to) noexcept {
  if (first_free_ == nullptr) reclaim_oldest();
  Connection* connection = first_free_;
  if (connection == nullptr) return nullptr;
  first_free_ = connection->next;
  connection->in_free_list = false;
  connection->ends[0].start(Endpoint::State::unused, nullptr, nullptr, nullptr);
  connection->ends[1].start(Endpoint::State::unused, nullptr, nullptr, nullptr);
  const HostState* host = host_at(to);
  connection->start(++next_number_, host != nullptr && host->profile ? *host->profile : profile, from, to);
  return connection;
}

void Network::release_if_done(Connection& connection) noexcept {
  if (connection.used() || connection.in_free_list) return;
  connection.stop();
  // First in, first out: a stream that is used after its end is noticed as long as possible.
  connection.in_free_list = true;
  connection.next = nullptr;
  (first_free_ == nullptr ? first_free_ : last_free_->next) = &connection;
  last_free_ = &connection;
}

void Network::reclaim_oldest() noexcept {
  Connection* oldest = nullptr;
  for (std::size_t i = 0; i < capacity.connections; ++i) {
    Connection& candidate = connections[i];
    // A raw end that nobody closed, while the program at the other end has finished.
    const bool left_over = (candidate.ends[0].done() || candidate.ends[0].raw()) &&
                           (candidate.ends[1].done() || candidate.ends[1].raw()) &&
                           (candidate.ends[0].done() || candidate.ends[1].done());
    if (left_over && (oldest == nullptr || candidate.number < oldest->number)) oldest = &candidate;
  }
  if (oldest == nullptr) return;
  for (Endpoint& end : oldest->ends) end.abandon();
  release_if_done(*oldest);
}

Connection* Network::find(Handle handle) noexcept {
  if (!handle) return nullptr;
  Connection& connection = connections[handle.index];
  return connection.number == handle.generation ? &connection : nullptr;
}

Peer Network::peer(Endpoint& end) noexcept {
  Peer peer;
  peer.network_ = this;
  peer.connection_ = end.connection().handle();
  peer.side_ = end.side();
  return peer;
}

bool Network::add_action(Instant moment, Callback<void()> action) noexcept {
  Action* found = std::find_if(actions_.get(), actions_.get() + capacity.actions,
                               [](const Action& other) { return !other.call; });
  if (found == actions_.get() + capacity.actions) return false;
  found->call = std::move(action);
  schedule(found->event, moment);
  return true;
}

void Network::run_action(void* self) noexcept {
  Callback<void()> call = std::move(static_cast<Action*>(self)->call);
  call();
}

}  // namespace kedge::sim::detail
