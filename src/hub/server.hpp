#pragma once
// One accept path for every protocol: a fixed pool of connections over any port, one timer for all of them.

#include "connection.hpp"
#include "service.hpp"

#include <kedge/acceptor.hpp>
#include <kedge/log.hpp>
#include <kedge/port.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace kedge::hub {

/// TLS for accepted streams; absent for a plain server.
class TlsAcceptor {
 public:
  /// Starts the server's handshake over `below` for the connection in `slot`; as TlsLayer::start.
  virtual Result<Stream*> accept(std::size_t slot, Stream& below, StreamEvents& events,
                                 Port& port) noexcept = 0;

 protected:
  ~TlsAcceptor() = default;
};

struct ServerConfig {
  std::size_t connections_max = 64;
  /// Connections beyond `connections_max` that are told so: 503 with `retry_after`. Further ones are closed
  /// without a word.
  std::size_t refusals_max = 8;
  std::chrono::seconds retry_after{5};
  std::size_t message_buffers =
      4;  ///< large inbound messages in assembly at once, for all connections together
  ConnectionConfig connection;
};

class Server final : private PortEvents, private AcceptEvents {
 public:
  /// Allocates everything it will need. `services` are asked in order; all arguments are borrowed.
  Server(Port& port, Acceptor& acceptor, TlsAcceptor* tls, const ServerConfig& config,
         std::span<Service* const> services, LogHook log);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Binds. Returns the address with its port filled in.
  Result<Address> listen(const Address& address) noexcept;
  /// Closes every connection with 1001 and stops listening; `on_shut_down` comes from the loop when all are
  /// gone.
  void shut_down(Callback<void()> on_shut_down) noexcept;
  /// Something was queued or became due outside of a turn.
  void wake() noexcept;
  /// One more WebSocket than `connections_max` would be open, or the server is going. Connections that are no
  /// WebSocket (yet) do not count: they take a spare slot for as long as their timeout lets them.
  [[nodiscard]] bool full() const noexcept;
  [[nodiscard]] std::chrono::seconds retry_after() const noexcept { return retry_after_; }

  [[nodiscard]] Port& port() noexcept { return port_; }
  [[nodiscard]] std::size_t connection_count() const noexcept { return active_; }
  [[nodiscard]] Instant now() noexcept { return port_.now(); }
  void log(LogLevel level, std::string_view event, std::string_view message) noexcept;

 private:
  friend class Connection;

  /// Message buffers leased to connections while they assemble a message.
  class MessagePool final : public ws::MessageBufferSource {
   public:
    MessagePool(std::size_t count, std::size_t bytes);
    std::span<std::byte> acquire() noexcept override;
    void release(std::span<std::byte> buffer) noexcept override;

   private:
    std::size_t bytes_;
    std::unique_ptr<std::byte[]> memory_;
    std::vector<std::byte*> free_;
  };

  // PortEvents
  void on_timer() noexcept override;
  void on_resolved(std::span<const Address>, const Error&) noexcept override {}
  // AcceptEvents
  void on_accept(Stream& stream, const Address& peer) noexcept override;
  void on_accept_error(const Error& error) noexcept override;
  void on_accept_closed() noexcept override;

  // for connections
  [[nodiscard]] Service* service_for(std::string_view path) noexcept;
  void connection_turn_done(Connection& connection) noexcept;
  void connection_freed() noexcept;
  void arm(Instant deadline) noexcept;
  void report_shut_down() noexcept;

  Port& port_;
  Acceptor& acceptor_;
  TlsAcceptor* tls_;
  std::vector<Service*> services_;
  LogHook log_;
  std::vector<std::byte> read_buffer_;  // shared: connections are never paused
  MessagePool messages_;
  std::vector<std::unique_ptr<Connection>> connections_;
  const std::size_t connections_max_;
  const std::chrono::seconds retry_after_;
  std::size_t active_ = 0;
  std::uint64_t next_id_ = 1;
  Instant armed_ = never;
  bool shutting_down_ = false;
  bool listening_ = false;
  Callback<void()> on_shut_down_;
};

}  // namespace kedge::hub
