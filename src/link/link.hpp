#pragma once
// A client's life across attempts: resolve, each address in turn, TLS, upgrade, authenticate; backoff between
// them; until it is closed or gives up. It owns the outbound ring, which outlives connections, and arms the
// port's one timer for all.

#include "../session/session.hpp"
#include "../ws/upgrade.hpp"
#include "../ws/url.hpp"
#include "backoff.hpp"
#include "protocol.hpp"

#include <kedge/client.hpp>
#include <kedge/limits.hpp>
#include <kedge/port.hpp>

#include <optional>

namespace kedge {

struct LinkOptions {
  ws::TooLarge too_large = ws::TooLarge::discard;
};

class Link final : private PortEvents, private StreamEvents, private SessionEvents, private OutboundEvents {
 public:
  /// Bytes it takes from an arena, beside its own size.
  static constexpr std::size_t storage_bytes(const Limits& limits) noexcept;
  /// `config` is taken over (its text copied). Nothing is started. `config_error()` says what is wrong with
  /// it.
  Link(Port& port, ClientConfig config, const LinkOptions& options, const Limits& limits, Arena& arena,
       Protocol& protocol) noexcept;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link();

  /// Starts. Errors: config (a bad URL, wss without TLS, storage too small); closed. On a started link it
  /// does nothing and returns false.
  Result<bool> connect() noexcept;
  /// Ends for good, never blocks: at most close_timeout later the state is `closed`. Again: does nothing.
  void close() noexcept;
  /// Ends the wait between attempts now: credentials or trust changed, or the network came back.
  void retry_now() noexcept;

  // --- for the protocol ---
  /// The peer has accepted us: the state becomes ready.
  void authenticated() noexcept;
  /// This connection is of no use (refused credential, a broken promise): ends it; the failure table decides
  /// what follows.
  void fail_connection(const Error& why) noexcept;
  [[nodiscard]] OutboundRing& ring() noexcept { return ring_; }
  /// Something was queued or marked outside of a turn: arranges one.
  void wake() noexcept;
  void pause_reading() noexcept;
  void resume_reading() noexcept;

  [[nodiscard]] LinkState state() const noexcept { return state_; }
  [[nodiscard]] const Statistics& statistics() noexcept;
  [[nodiscard]] Statistics& counters() noexcept { return statistics_; }
  /// The last failure of an attempt or connection; empty before the first.
  [[nodiscard]] const Error& last_error() const noexcept { return last_error_; }
  /// The Date header of the last upgrade response.
  [[nodiscard]] std::optional<WallTime> server_date() const noexcept;
  [[nodiscard]] Port& port() noexcept { return port_; }
  void log(LogLevel level, std::string_view event, std::string_view message) noexcept;

 private:
  Port& port_;
  OutboundRing ring_;
  Statistics statistics_;
  LinkState state_ = LinkState::idle;
  Error last_error_;
  // The rest is in progress on main.
};

}  // namespace kedge
