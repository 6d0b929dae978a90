#pragma once
// The server's side of one protocol: what it says to a connection that asks for its path, and what it does
// with it.

#include "../ws/frame.hpp"
#include "../ws/upgrade.hpp"

#include <kedge/error.hpp>
#include <kedge/time.hpp>

#include <chrono>
#include <span>
#include <string_view>

namespace kedge::hub {

class Connection;

/// Whether a connection may be upgraded: 101, or the status to refuse it with.
struct Admission {
  int status = 101;
  std::chrono::seconds retry_after{0};
};

/// One protocol on one server. All calls come from the loop; a service may send on and close any connection
/// of its own.
class Service {
 public:
  /// Whether connections to this path are for this service.
  [[nodiscard]] virtual bool serves(std::string_view path) const noexcept = 0;
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
  /// A turn in which `next_deadline` has come.
  virtual void on_turn(Instant now) noexcept = 0;
  [[nodiscard]] virtual Instant next_deadline() const noexcept = 0;

 protected:
  ~Service() = default;
};

}  // namespace kedge::hub
