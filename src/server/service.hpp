#pragma once
// The server's side of one protocol: what it says to a connection that asks for its path, what it does with
// it, and what its connections may take.

#include "../session/keepalive.hpp"
#include "../ws/frame.hpp"
#include "../ws/message_reader.hpp"
#include "../ws/upgrade.hpp"

#include <kedge/client_config.hpp>
#include <kedge/error.hpp>
#include <kedge/limits.hpp>
#include <kedge/time.hpp>

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

namespace kedge::server {

class Connection;

/// What the connections of one service may take, once they are open. Its memory is reserved when the server
/// is made and is its own: what one service uses up is not missing to another. Memory that was never used
/// costs nothing where a system gives pages out when they are touched. (Connections that have not said yet
/// what they want take slots that are all services'.)
struct ServiceConfig {
  /// WebSockets open at once; one more is told 503.
  std::size_t connections_max = 64;
  /// Of each connection: its outbound members and `inbound_message_bytes_max`, `write_buffer_bytes` and
  /// `fragment_bytes_max`. What is a client's alone is not looked at.
  Limits limits;
  /// Large inbound messages in assembly at once, for all its connections together; for one more there is no
  /// room, as if it were too large.
  std::size_t message_buffers = 4;
  /// Blocks of outbound messages, for all its connections together; 0: for each what it may hold. With less,
  /// those that do not read leave nothing to the others.
  std::uint32_t outbound_pool_bytes = 0;
  Duration close_timeout = std::chrono::seconds{5};
  KeepaliveConfig keepalive{.interval = std::chrono::seconds{20}, .timeout = std::chrono::seconds{20}};
  ws::TooLarge too_large = ws::TooLarge::close;
};

/// Whether a connection may be upgraded: 101, or the status to refuse it with.
struct Admission {
  int status = 101;
  std::chrono::seconds retry_after{0};
  std::uint32_t tag =
      0;  ///< the service's own, for Connection::tag(): which of its paths it was, for example
};

/// One protocol on one server. All calls come from the loop; a service may send on and close any connection
/// of its own.
class Service {
 public:
  /// Whether connections to this path are for this service.
  [[nodiscard]] virtual bool serves(std::string_view path) const noexcept = 0;
  /// Whether connections to a path that is nobody else's are for it, too. At most one on an address.
  [[nodiscard]] virtual bool takes_the_rest() const noexcept { return false; }
  /// Whether its connections are pinged; without, a peer that is silently gone is never noticed.
  [[nodiscard]] virtual bool pings() const noexcept { return true; }
  /// A valid upgrade request for it has come.
  virtual Admission admit(const ws::UpgradeServer& request) noexcept = 0;
  /// The WebSocket is open.
  virtual void on_open(Connection& connection) noexcept = 0;
  virtual void on_message(Connection& connection, ws::MessageType type,
                          std::span<const std::byte> payload) noexcept = 0;
  /// The connection is gone; exactly once for each on_open. `why` is empty after a clean close that this side
  /// began.
  virtual void on_closed(Connection& connection, const Error& why) noexcept = 0;
  /// The instant of `Connection::set_deadline` has come.
  virtual void on_deadline([[maybe_unused]] Connection& connection) noexcept {}
  /// `next_deadline` has come.
  virtual void on_turn([[maybe_unused]] Instant now) noexcept {}
  /// Asked after each event: it should look nothing up. One that has come nearer outside of the service's own
  /// calls wants a `Server::wake`.
  [[nodiscard]] virtual Instant next_deadline() const noexcept { return never; }

 protected:
  ~Service() = default;
};

}  // namespace kedge::server
