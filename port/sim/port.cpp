#include "network.hpp"

#include <cerrno>
#include <cstring>

namespace kedge::sim {

namespace detail {

namespace {

constexpr Duration unknown_name_delay = std::chrono::milliseconds{1};
constexpr std::int32_t name_not_known = -2;  // EAI_NONAME where getaddrinfo is the GNU one

}  // namespace

void PortState::on_timer() noexcept {
  network->happened(Happened::timer, index);
  calls.woken(true);
  events->on_timer();
}

void PortState::on_resolved() noexcept {
  resolving = false;
  const std::string_view name(host.data(), host_size);
  std::array<Address, Names::addresses_max> answer{};
  std::size_t count = 0;
  if (const Names::Entry* entry = network->names.find(name)) {
    if (entry->answer == Names::Answer::addresses) {
      count = entry->address_count;
      std::copy_n(entry->addresses.begin(), count, answer.begin());
    }
  } else if (const std::optional<Address> literal = Names::literal(name)) {
    answer[count++] = *literal;
  }
  for (Address& address : answer) address.port = tcp_port;
  network->happened(Happened::resolved, index, static_cast<std::int64_t>(count));
  calls.woken();
  events->on_resolved(
      std::span(answer).first(count),
      count > 0 ? Error{}
                : Error(ErrorKind::connection, Layer::resolver, name_not_known, "name or service not known"));
}

Endpoint* PortState::stream() const noexcept {
  Connection* last = network->find(connection);
  return last != nullptr && !last->ends[0].done() ? &last->ends[0] : nullptr;
}

void PortState::release() noexcept {
  network->queue.cancel(timer);
  network->queue.cancel(resolved);
  if (Endpoint* open = stream()) {
    open->abandon();
    network->release_if_done(open->connection());
  }
  used = false;
}

}  // namespace detail

Port::Port(World& world) noexcept : network_(*world.network_), state_(network_.take_port()) {}

Port::~Port() {
  state_.release();
}

void Port::set_events(PortEvents& events) noexcept {
  const bool idle = !state_.timer.scheduled() && !state_.resolving && state_.stream() == nullptr;
  if (network_.require(state_.events == nullptr || idle,
                       "a Port's events are set while nothing is under way")) {
    state_.events = &events;
  }
}

Instant Port::now() noexcept {
  return network_.now();
}

std::optional<WallTime> Port::wall_time() noexcept {
  if (!network_.wall_offset) return std::nullopt;
  const auto since_1970 = network_.now().time_since_epoch() + *network_.wall_offset;
  return WallTime{std::chrono::floor<std::chrono::milliseconds>(since_1970)};
}

bool Port::random(std::span<std::byte> out) noexcept {
  if (state_.calls.made(Call::random) || !state_.random_works) {
    network_.happened(detail::Happened::failed_call, state_.index, static_cast<std::int64_t>(Call::random));
    return false;
  }
  state_.entropy.fill(out);
  return true;
}

void Port::arm(Instant deadline) noexcept {
  if (!network_.require(state_.events != nullptr, "a Port's events are set before anything else")) return;
  const bool late = state_.calls.made(Call::arm);
  if (deadline == never) {
    network_.queue.cancel(state_.timer);
    return;
  }
  if (late) deadline = after(deadline, std::chrono::seconds{1});
  if (network_.timer_grain > Duration::zero()) {
    const Duration over = deadline.time_since_epoch() % network_.timer_grain;
    if (over > Duration::zero()) deadline = after(deadline, network_.timer_grain - over);
  }
  network_.schedule(state_.timer, deadline);
}

Result<void> Port::resolve(std::string_view host, std::uint16_t tcp_port) noexcept {
  if (!network_.require(state_.events != nullptr, "a Port's events are set before anything else") ||
      !network_.require(!state_.resolving, "one lookup at a time")) {
    return Error(ErrorKind::config, "the port's contract was broken");
  }
  if (host.empty() || host.size() > detail::Names::name_bytes_max) {
    return Error(ErrorKind::config, Layer::resolver, 0, "a host name has 1 to 253 bytes");
  }
  network_.happened(detail::Happened::resolve, state_.index, tcp_port);
  if (state_.calls.made(Call::resolve)) {
    return Error(ErrorKind::connection, Layer::resolver, EAGAIN, "the resolver failed");
  }
  std::memcpy(state_.host.data(), host.data(), host.size());
  state_.host_size = host.size();
  state_.tcp_port = tcp_port;
  state_.resolving = true;
  const detail::Names::Entry* entry = network_.names.find(host);
  if (entry == nullptr || entry->answer != detail::Names::Answer::silence) {
    network_.schedule(state_.resolved,
                      after(now(), entry == nullptr ? detail::unknown_name_delay : entry->delay));
  }
  return {};
}

void Port::cancel_resolve() noexcept {
  state_.resolving = false;
  network_.queue.cancel(state_.resolved);
}

Result<Stream*> Port::connect(const Address& address, StreamEvents& events) noexcept {
  if (!network_.require(state_.events != nullptr, "a Port's events are set before anything else") ||
      !network_.require(state_.stream() == nullptr,
                        "one stream at a time: the last one has not reported "
                        "on_closed")) {
    return Error(ErrorKind::config, "the port's contract was broken");
  }
  if (state_.calls.made(Call::connect)) {
    return Error(ErrorKind::connection, Layer::system, EMFILE, "no descriptor left");
  }
  if (!network_.family_supported[static_cast<std::size_t>(address.family)]) {
    return Error(ErrorKind::connection, Layer::system, EAFNOSUPPORT, "address family not supported");
  }
  const Address from = ipv4(10, 255, 0, static_cast<std::uint8_t>(state_.index + 1), 40000);
  detail::Connection* connection = network_.take_connection(from, address);
  if (connection == nullptr) {
    return Error(ErrorKind::connection, Layer::system, ENOBUFS, "the simulated network is full");
  }
  state_.connection = connection->handle();
  connection->ends[0].start(detail::Endpoint::State::opening, &state_.calls, &events, nullptr);
  connection->connect();
  return static_cast<Stream*>(&connection->ends[0]);
}

Calls& Port::calls() noexcept {
  return state_.calls;
}

void Port::set_random_works(bool works) noexcept {
  state_.random_works = works;
}

bool Port::idle() const noexcept {
  return state_.stream() == nullptr && !state_.resolving && !state_.timer.scheduled();
}

bool Port::cut(Cut cut) noexcept {
  detail::Endpoint* open = state_.stream();
  if (open == nullptr) return false;
  open->connection().cut(cut);
  return true;
}

}  // namespace kedge::sim
