#pragma once
// What every client of kedge has in common, whatever protocol it speaks.

#include <kedge/client_config.hpp>
#include <kedge/completion.hpp>
#include <kedge/handle.hpp>
#include <kedge/result.hpp>
#include <kedge/statistics.hpp>
#include <kedge/time.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <type_traits>

namespace kedge {

class ClientCore;
class Port;
class Timer;

/// The base of every protocol's client, which adds its own requests. Call everything on the loop's thread.
/// You may destroy a client in any state, but not inside one of its callbacks: its connection is cut and no
/// callback runs any more, not even the completions of pending requests. For a close frame and those
/// completions, call `close()` first and wait. The port may serve another client after one more turn of the
/// loop.
class Client {
 public:
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Starts the client, which keeps the connection up from then on; everything happens on later turns of the
  /// loop. Returns false if the client was started before.
  /// Errors:
  /// - config: the configuration, the limits or the storage cannot be used. The message names the member: no
  ///   credentials hook where one is needed, a bad URL, wss:// without TLS, storage too small (with both
  ///   sizes), a port that serves another client. `last_error()` returns it too
  /// - closed: the client is closing or closed
  Result<bool> connect() noexcept;
  /// Closes for good, without blocking: every pending request completes with `closed`, and the state becomes
  /// `closed` within ClientConfig::close_timeout. Further calls do nothing.
  void close() noexcept;
  /// Ends the wait between attempts now: credentials or trust changed, or the network came back. During an
  /// attempt: if that attempt is refused, the next one follows after an ordinary backoff delay, not after
  /// ClientConfig::fatal_retry_interval.
  void retry_now() noexcept;
  /// Completes a request with `cancelled`. A request that still waits is not sent; the peer is not notified
  /// of one that was sent. Returns false if the request has already completed or been cancelled.
  bool cancel(Handle request) noexcept;

  [[nodiscard]] LinkState state() const noexcept;
  /// A copy of the current counters.
  [[nodiscard]] Statistics statistics() const noexcept;
  /// Why the last attempt or connection ended, or why `connect()` failed; empty before that. The reference is
  /// valid as long as the client.
  [[nodiscard]] const Error& last_error() const noexcept;
  /// In the state `waiting`: when the next attempt begins, by the port's clock. Otherwise nullopt.
  [[nodiscard]] std::optional<Instant> next_attempt_at() const noexcept;

 protected:
  friend class Timer;
  Client() noexcept = default;
  ~Client();

  /// For each protocol's client: constructs its `Impl` in the storage, or keeps the error that prevents it
  /// (src/protocol/core/placement.hpp). `check(config)` returns whether the configuration can be used.
  template <class Impl, auto promise, class Config, class LimitsType, class Check>
  void make(Port& port, Config&& config, const LimitsType& limits, std::span<std::byte> storage,
            Check check) noexcept;
  /// Returns what `call` returns for the `Impl`, or `config_error_` if there is none.
  template <class Impl, class Call>
  std::invoke_result_t<const Call&, Impl&> with(const Call& call) const noexcept {
    if (core_ == nullptr) return config_error_;
    return call(static_cast<Impl&>(*core_));
  }

  ClientCore* core_ = nullptr;  // in the storage; null if it could not be constructed
  Error config_error_;          // set if core_ is null
};

}  // namespace kedge
