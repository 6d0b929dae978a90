#pragma once
// One accept path for every protocol: fixed pools of connections over any port, one timer for all of them.

#include "connection.hpp"
#include "deadlines.hpp"
#include "entrance.hpp"
#include "seats.hpp"
#include "server_config.hpp"
#include "service.hpp"
#include "tls_acceptor.hpp"

#include <kedge/acceptor.hpp>
#include <kedge/log.hpp>
#include <kedge/port.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace kedge::server {

/// A service, and what its connections may take.
struct Offer {
  Service* service;  ///< borrowed
  ServiceConfig config;
};

/// Connections, open or not, that a server has room for: so many streams may an acceptor of it hand out, and
/// so many slots wants its TLS.
[[nodiscard]] std::size_t slot_count(const ServerConfig& config, std::span<const Offer> offers) noexcept;

class Server final : private PortEvents {
 public:
  /// Allocates everything it will need. The port and the services are borrowed, and outlive this.
  Server(Port& port, const ServerConfig& config, std::span<const Offer> offers, LogHook log);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Binds one more address, where `services`, of those it was made with, are asked in this order. Without
  /// `tls` it is plain. All is borrowed but the address, which is returned with its port filled in. Errors:
  /// those of Acceptor::listen.
  Result<Address> listen(Acceptor& acceptor, TlsAcceptor* tls, const Address& address,
                         std::span<Service* const> services);
  /// Closes every connection with 1001 and stops listening; `on_shut_down` comes from the loop when all are
  /// gone.
  void shut_down(Callback<void()> on_shut_down) noexcept;
  /// A service's deadline has come nearer outside of its own calls.
  void wake() noexcept;

  [[nodiscard]] Port& port() noexcept { return port_; }
  [[nodiscard]] std::size_t connection_count() const noexcept { return connections_.size() - free_.size(); }
  [[nodiscard]] Instant now() noexcept { return port_.now(); }
  void log(LogLevel level, std::string_view event, std::string_view message) noexcept;

 private:
  friend class Connection;
  friend class Entrance;

  // PortEvents
  void on_timer() noexcept override;
  void on_resolved(std::span<const Address>, const Error&) noexcept override {}

  // for entrances
  void accept(Stream& stream, const Address& peer, const Entrance& entrance) noexcept;
  void report_shut_down() noexcept;
  // for connections
  [[nodiscard]] Seats& seats_of(const Service& service) noexcept;
  void wake(Connection& connection) noexcept;
  void connection_turn_done(Connection& connection) noexcept;
  void connection_freed(Connection& connection) noexcept;

  void give_turns() noexcept;
  [[nodiscard]] Instant next_deadline() const noexcept;
  void arm(Instant deadline) noexcept;

  struct Served {
    Served(const Offer& offer, std::span<std::byte> read_buffer)
        : service(offer.service), seats(offer.config, read_buffer) {}
    Service* service;
    Seats seats;
  };

  Port& port_;
  const ServerConfig config_;
  LogHook log_;
  std::vector<std::byte> read_buffer_;  // shared: connections are never paused
  std::vector<std::unique_ptr<Served>> served_;
  std::vector<std::unique_ptr<Entrance>> entrances_;
  std::vector<std::unique_ptr<Connection>> connections_;  // by slot
  std::vector<Connection*> free_;
  Deadlines deadlines_;             // of connections
  std::vector<Connection*> woken_;  // something was queued on them outside of their turns
  std::vector<Connection*> turning_;
  std::uint64_t next_id_ = 1;
  Instant armed_ = never;
  bool shutting_down_ = false;
  Callback<void()> on_shut_down_;
};

}  // namespace kedge::server
