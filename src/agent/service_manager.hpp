#pragma once
// What systemd wants to hear of a service (sd_notify(3)): a datagram to the socket that it names.

#include <kedge/result.hpp>
#include <kedge/time.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace kedge::agent {

class ServiceManager {
 public:
  /// As the environment has it: NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
  [[nodiscard]] static ServiceManager from_environment();
  /// `socket`: an absolute path, or '@' and a name (an abstract one); empty: nobody listens. `watchdog`: the
  /// time after which the service manager calls us dead.
  ServiceManager(std::string socket, std::optional<Duration> watchdog)
      : socket_(std::move(socket)), watchdog_(watchdog) {}

  /// How often to be heard of; none when nobody waits for it.
  [[nodiscard]] std::optional<Duration> watchdog_interval() const noexcept;

  /// Each sends one datagram, never waiting; without a service manager they do nothing. Errors: config (no
  /// such kind of socket), connection.
  Result<void> ready(std::string_view status) const noexcept;
  Result<void> reloading(Instant now) const noexcept;
  Result<void> status(std::string_view words) const noexcept;
  Result<void> stopping() const noexcept;
  Result<void> alive() const noexcept;

 private:
  [[nodiscard]] Result<void> send(std::string_view text) const noexcept;

  std::string socket_;
  std::optional<Duration> watchdog_;
};

}  // namespace kedge::agent
