#pragma once
// What every client of kedge is, whatever protocol it speaks.

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

/// The base of each protocol's client, which adds what can be asked for. All calls on the loop's thread. A
/// client may be destroyed in any state, outside its callbacks: the line is cut, and nothing is called any
/// more, completions of what is pending neither (`close()` first, and wait, for a goodbye and for those).
/// Its port may then be used again when the loop has turned.
class Client {
 public:
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Starts, and from then on keeps the line; everything happens on later turns of the loop. False on a
  /// client that was started already. Errors, also returned by `last_error()`:
  /// - config: a member of the configuration or of the limits by name, no credentials hook where one is
  ///   needed, a bad URL, wss without TLS, storage too small: by bytes
  /// - closed
  Result<bool> connect() noexcept;
  /// Ends for good, never blocks: every pending request completes with `closed`, and at most
  /// ClientConfig::close_timeout later the state is `closed`. Again: does nothing.
  void close() noexcept;
  /// Ends the wait between attempts now: credentials or trust changed, or the network came back. During an
  /// attempt: should it be refused, the next one follows after an ordinary delay, not after
  /// ClientConfig::fatal_retry_interval.
  void retry_now() noexcept;
  /// Completes a request with `cancelled`: one that waits is not sent, the peer is not told about one that
  /// was. False when it has completed already, or was cancelled before.
  bool cancel(Handle request) noexcept;

  [[nodiscard]] LinkState state() const noexcept;
  /// As they are now.
  [[nodiscard]] Statistics statistics() const noexcept;
  /// Why the last attempt or connection ended, or why `connect()` refused; empty before that happened. Valid
  /// while the client is.
  [[nodiscard]] const Error& last_error() const noexcept;
  /// While the state is `waiting`: when the next attempt begins, by the port's clock.
  [[nodiscard]] std::optional<Instant> next_attempt_at() const noexcept;

 protected:
  friend class Timer;
  Client() noexcept = default;
  ~Client();

  /// For each protocol's client, which has an `Impl` of its own: makes that in the storage, or remembers why
  /// it cannot (src/protocol/core/placement.hpp). `check(config)` says whether the configuration can be used.
  template <class Impl, auto promise, class Config, class LimitsType, class Check>
  void make(Port& port, Config&& config, const LimitsType& limits, std::span<std::byte> storage,
            Check check) noexcept;
  /// What `call` gives for that, or why there is none.
  template <class Impl, class Call>
  std::invoke_result_t<const Call&, Impl&> with(const Call& call) const noexcept {
    if (core_ == nullptr) return config_error_;
    return call(static_cast<Impl&>(*core_));
  }

  ClientCore* core_ = nullptr;  // in the storage; null when it could not be made
  Error config_error_;          // when there is no core_
};

}  // namespace kedge
