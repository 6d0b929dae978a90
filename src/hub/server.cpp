#include "server.hpp"

#include <algorithm>
#include <utility>

namespace kedge::hub {

Server::MessagePool::MessagePool(std::size_t count, std::size_t bytes)
    : bytes_(bytes), memory_(std::make_unique_for_overwrite<std::byte[]>(count * bytes)) {
  free_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) free_.push_back(memory_.get() + i * bytes);
}

std::span<std::byte> Server::MessagePool::acquire() noexcept {
  if (free_.empty()) return {};
  std::byte* buffer = free_.back();
  free_.pop_back();
  return {buffer, bytes_};
}

void Server::MessagePool::release(std::span<std::byte> buffer) noexcept {
  if (!buffer.empty()) free_.push_back(buffer.data());
}

Server::Server(Port& port, Acceptor& acceptor, TlsAcceptor* tls, const ServerConfig& config,
               std::span<Service* const> services, LogHook log)
    : port_(port),
      acceptor_(acceptor),
      tls_(tls),
      services_(services.begin(), services.end()),
      log_(std::move(log)),
      read_buffer_(config.connection.limits.read_buffer_bytes),
      messages_(config.message_buffers, config.connection.limits.inbound_message_bytes_max),
      connections_max_(config.connections_max),
      retry_after_(config.retry_after) {
  port_.set_events(*this);
  const std::size_t slots = config.connections_max + config.refusals_max;
  connections_.reserve(slots);
  for (std::size_t slot = 0; slot < slots; ++slot) {
    connections_.push_back(
        std::make_unique<Connection>(*this, slot, config.connection, read_buffer_, messages_));
  }
}

Result<Address> Server::listen(const Address& address) noexcept {
  auto bound = acceptor_.listen(address, *this);
  listening_ = bound.ok();
  return bound;
}

void Server::shut_down(Callback<void()> on_shut_down) noexcept {
  on_shut_down_ = std::move(on_shut_down);
  shutting_down_ = true;
  acceptor_.close();
  for (auto& connection : connections_) {
    if (!connection->is_free()) connection->shut_down();
  }
  wake();
}

void Server::log(LogLevel level, std::string_view event, std::string_view message) noexcept {
  if (log_) log_(LogRecord{level, event, {}, message});
}

Service* Server::service_for(std::string_view path) noexcept {
  const auto found =
      std::find_if(services_.begin(), services_.end(), [&](const Service* s) { return s->serves(path); });
  return found == services_.end() ? nullptr : *found;
}

bool Server::full() const noexcept {
  const auto websocket = [](const auto& connection) { return connection->is_websocket(); };
  const auto open = std::count_if(connections_.begin(), connections_.end(), websocket);
  return shutting_down_ || static_cast<std::size_t>(open) >= connections_max_;
}

// ---- accepting

void Server::on_accept(Stream& stream, const Address& peer) noexcept {
  const auto slot =
      std::find_if(connections_.begin(), connections_.end(), [](const auto& c) { return c->is_free(); });
  if (slot == connections_.end() || shutting_down_) {
    // Not even a slot to say no with, or we are going.
    stream.close();
    return;
  }
  ++active_;
  (*slot)->begin(stream, peer, next_id_++);
  connection_turn_done(**slot);
}

void Server::on_accept_error(const Error& error) noexcept {
  log(LogLevel::warning, "accept", error.message());
}

void Server::on_accept_closed() noexcept {
  listening_ = false;
  report_shut_down();
}

// ---- turns

void Server::wake() noexcept {
  arm(port_.now());
}

void Server::arm(Instant deadline) noexcept {
  if (deadline >= armed_) return;
  armed_ = std::max(deadline, port_.now());
  port_.arm(armed_);
}

// Services first, so that what they queue goes out in this turn. One scan for each timer, not for each
// message.
void Server::on_timer() noexcept {
  armed_ = never;
  const Instant now = port_.now();
  Instant next = never;
  for (Service* service : services_) service->on_turn(now);
  for (auto& connection : connections_) {
    if (connection->is_free()) continue;
    connection->turn();
    next = std::min(next, connection->next_deadline());
  }
  for (Service* service : services_) next = std::min(next, service->next_deadline());
  if (next != never) arm(next);
  report_shut_down();
}

void Server::connection_turn_done(Connection& connection) noexcept {
  Instant next = connection.next_deadline();
  for (Service* service : services_) next = std::min(next, service->next_deadline());
  if (next != never) arm(next);
}

void Server::connection_freed() noexcept {
  --active_;
  report_shut_down();
}

void Server::report_shut_down() noexcept {
  if (shutting_down_ && active_ == 0 && !listening_ && on_shut_down_) std::exchange(on_shut_down_, nullptr)();
}

}  // namespace kedge::hub
