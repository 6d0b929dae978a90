#pragma once
// The line to the connector.

#include "../program/daemon/credentials.hpp"
#include "configuration.hpp"

#include <kedge/btp.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

namespace kedge::agent {

/// All calls on the loop's thread.
class Connector {
 public:
  using StateHook = std::function<void(LinkState)>;
  using Log = std::function<void(const LogRecord&)>;

  /// All references are borrowed and outlive this. `on_state` and `log` must not throw; `log` hears of
  /// nothing below `log_level`.
  Connector(Port& port, const Configuration& configuration, program::Credentials& credentials,
            StateHook on_state, Log log, LogLevel log_level = LogLevel::info);

  /// Starts to connect, and from then on keeps the line; without a URL it does nothing. Errors: config.
  Result<void> connect();
  /// Secret or certificates have changed: no attempt waits any longer. A line that was given up is tried
  /// again from the beginning.
  Result<void> retry();
  /// Ends for good; the state `closed` follows, unless `is_over()`.
  void close() noexcept;

  /// What can be sent now, see btp::Client. Without a URL: error `closed`.
  Result<Handle> send_packet(const ilp::Prepare& prepare, btp::PacketCompletion completion) noexcept;

  [[nodiscard]] bool is_over() const noexcept { return !client_ || client_->state() == LinkState::closed; }
  /// `idle` without a URL.
  [[nodiscard]] LinkState state() const noexcept { return client_ ? client_->state() : LinkState::idle; }
  [[nodiscard]] Statistics statistics() noexcept { return client_ ? client_->statistics() : Statistics{}; }
  [[nodiscard]] Error last_error() const noexcept { return client_ ? client_->last_error() : Error{}; }

 private:
  static constexpr Limits limits = agent_limits();

  Port& port_;
  const Configuration& configuration_;
  program::Credentials& credentials_;
  StateHook on_state_;
  Log log_;
  LogLevel log_level_;
  bool closing_ = false;
  std::vector<std::byte> storage_;
  std::optional<btp::Client> client_;
};

}  // namespace kedge::agent
