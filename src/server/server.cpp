#include "server.hpp"

#include <algorithm>
#include <utility>

namespace kedge::server {

std::size_t slot_count(const ServerConfig& config, std::span<const Offer> offers) noexcept {
  std::size_t slots = config.refusals_max;
  for (const Offer& offer : offers) slots += offer.config.connections_max;
  return slots;
}

Server::Server(Port& port, const ServerConfig& config, std::span<const Offer> offers, LogHook log)
    : port_(port),
      config_(config),
      log_(std::move(log)),
      read_buffer_(config.read_buffer_bytes),
      deadlines_(slot_count(config, offers)) {
  port_.set_events(*this);
  for (const Offer& offer : offers) {
    served_.push_back(std::make_unique<Served>(offer, read_buffer_));
  }
  const std::size_t slots = slot_count(config, offers);
  connections_.reserve(slots);
  free_.reserve(slots);
  woken_.reserve(slots);
  turning_.reserve(slots);
  for (std::size_t slot = 0; slot < slots; ++slot) {
    connections_.push_back(std::make_unique<Connection>(*this, slot, config_, read_buffer_));
    free_.push_back(connections_.back().get());
  }
  std::reverse(free_.begin(), free_.end());  // the lowest slot comes first
}

Result<Address> Server::listen(Acceptor& acceptor, TlsAcceptor* tls, const Address& address,
                               std::span<Service* const> services) {
  entrances_.push_back(std::make_unique<Entrance>(*this, acceptor, tls, services));
  auto bound = entrances_.back()->listen(address);
  if (!bound) entrances_.pop_back();  // the acceptor may go, too
  return bound;
}

void Server::shut_down(Callback<void()> on_shut_down) noexcept {
  on_shut_down_ = std::move(on_shut_down);
  shutting_down_ = true;
  for (auto& entrance : entrances_) entrance->close();
  for (auto& connection : connections_) {
    if (!connection->is_free()) connection->shut_down();
  }
  wake();
}

void Server::log(LogLevel level, std::string_view event, std::string_view message) noexcept {
  if (log_) log_(LogRecord{level, event, {}, message});
}

Seats& Server::seats_of(const Service& service) noexcept {
  return (*std::find_if(served_.begin(), served_.end(),
                        [&](const auto& served) { return served->service == &service; }))
      ->seats;
}

// ---- accepting

void Server::accept(Stream& stream, const Address& peer, const Entrance& entrance) noexcept {
  if (free_.empty() || shutting_down_) {
    // Not even a slot to say no with, or we are going.
    stream.close();
    return;
  }
  Connection& connection = *free_.back();
  free_.pop_back();
  connection.begin(stream, peer, next_id_++, entrance);
  connection_turn_done(connection);
}

// ---- turns

void Server::wake() noexcept {
  arm(port_.now());
}

void Server::wake(Connection& connection) noexcept {
  if (std::exchange(connection.woken_, true)) return;
  woken_.push_back(&connection);
  wake();
}

void Server::arm(Instant deadline) noexcept {
  if (deadline >= armed_) return;  // never is never earlier
  armed_ = std::max(deadline, port_.now());
  port_.arm(armed_);
}

Instant Server::next_deadline() const noexcept {
  Instant next = woken_.empty() ? deadlines_.next() : Instant::min();
  for (const auto& served : served_) next = std::min(next, served->service->next_deadline());
  return next;
}

// Services first, so that what they queue goes out in this turn.
void Server::on_timer() noexcept {
  armed_ = never;
  const Instant now = port_.now();
  for (const auto& served : served_) {
    if (served->service->next_deadline() <= now) served->service->on_turn(now);
  }
  while (deadlines_.next() <= now) {
    Connection& due = *connections_[deadlines_.next_slot()];
    deadlines_.set(due.slot(), never);
    if (!std::exchange(due.woken_, true)) woken_.push_back(&due);
  }
  give_turns();
  arm(next_deadline());
  report_shut_down();
}

// To those who wait for one now: whoever is woken meanwhile has the next timer's.
void Server::give_turns() noexcept {
  turning_.swap(woken_);
  for (Connection* connection : turning_) {
    connection->woken_ = false;
    if (connection->is_free()) continue;
    connection->turn();
    deadlines_.set(connection->slot(), connection->next_deadline());
  }
  turning_.clear();
}

void Server::connection_turn_done(Connection& connection) noexcept {
  deadlines_.set(connection.slot(), connection.next_deadline());
  arm(next_deadline());
}

void Server::connection_freed(Connection& connection) noexcept {
  deadlines_.set(connection.slot(), never);
  free_.push_back(&connection);
  arm(next_deadline());  // its service may have something to do for it
  report_shut_down();
}

void Server::report_shut_down() noexcept {
  if (!shutting_down_ || connection_count() != 0 || !on_shut_down_) return;
  const bool listening =
      std::any_of(entrances_.begin(), entrances_.end(), [](const auto& e) { return e->listening(); });
  if (!listening) std::exchange(on_shut_down_, nullptr)();
}

}  // namespace kedge::server
