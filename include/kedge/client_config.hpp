#pragma once
// How a line is to be held, whatever protocol is spoken on it.

#include <kedge/callback.hpp>
#include <kedge/ending.hpp>
#include <kedge/log.hpp>
#include <kedge/result.hpp>
#include <kedge/secret.hpp>
#include <kedge/time.hpp>
#include <kedge/tls_layer.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace kedge {

/// A client's life.
enum class LinkState : std::uint8_t {
  idle,            ///< not started
  connecting,      ///< resolving, connecting, a proxy's tunnel, TLS, upgrade
  authenticating,  ///< the WebSocket is open, the peer has not accepted us yet
  ready,           ///< authenticated: requests go out
  waiting,         ///< between two attempts
  closing,         ///< `close()` was called; at most `close_timeout`
  closed,          ///< for good: closed, given up, or stopped by a fatal failure
};
/// A stable lower-case name. Static storage.
[[nodiscard]] std::string_view to_string(LinkState state) noexcept;

/// How the delay before attempt n is spread; d(n) = min(cap, base * 2^(n-1)), n from 1.
enum class Jitter : std::uint8_t {
  none,          ///< d
  equal,         ///< d/2 + U(0, d/2)
  additive,      ///< min(d, cap - 1 s) + U(0, 1 s)
  full,          ///< U(0, d)
  decorrelated,  ///< min(cap, U(base, 3 * the delay before))
};

struct BackoffConfig {
  Duration base = std::chrono::seconds{1};  ///< 1 ms or more
  Duration cap = std::chrono::seconds{30};  ///< not below `base`; below 100 ms it is warned of in the log
  Jitter jitter = Jitter::equal;
};

/// What to do about a failure that another attempt is not expected to mend: a refused credential, a wrong
/// certificate, a path that is not there. Once the line has been ready, what a proxy may say while its
/// backend restarts is no such failure, unless it says the same ten times in a row.
enum class FatalPolicy : std::uint8_t {
  stop,          ///< end for good: a command line
  retry_slowly,  ///< at the backoff's cap; after ten in a row every `fatal_retry_interval`, jittered; and at
                 ///< once when credentials or trust have changed (`retry_now`)
};

/// When to ping, and when to call the peer dead.
struct KeepaliveConfig {
  Duration interval = std::chrono::seconds{30};  ///< silence from the peer before a ping; zero: never
  Duration timeout = std::chrono::seconds{10};   ///< silence after the ping before the line is given up;
                                                 ///< positive, unless there is no ping
};

/// Writes the credential for this attempt, of `Limits::credential_bytes_max` at most, into `secret`; asked at
/// each attempt, so that a rotated one works at once. An error ends the attempt as `authentication`. It is
/// kept until the attempt, or the line that came of it, is over: where the peer's words in states, log,
/// errors and completions repeat it, or a value of the URL's query, they say `***` instead, be it as it is,
/// with JSON's escapes, percent-encoded or in base64. (One of less than eight bytes is found where it is a
/// whole word; one of an earlier attempt is not looked for.)
using CredentialSource = Callback<Result<void>(Secret& secret)>;

/// Called on every change of state; `error` says why it left a better one (empty otherwise), with the
/// failure's kind.
using StateHandler = Callback<void(LinkState state, const Error& error)>;

/// The configuration of one client. Text is copied at construction; `tls` is borrowed and must outlive the
/// client. The client's `connect()` reports a member that is out of its range, by name: durations must be
/// positive where nothing else is said.
struct ClientConfig {
  std::string_view url;          ///< ws:// or wss://; an IPv6 address in brackets, its zone behind %25
  TlsLayer* tls = nullptr;       ///< needed for wss://
  CredentialSource credentials;  ///< needed where the protocol has a credential
  /// An HTTP proxy to go through, for ws:// and wss:// alike: `http://host[:port]`, port 80 when none is
  /// given; empty: none. It is asked for a tunnel (CONNECT, RFC 9110 section 9.3.6), it looks the URL's host
  /// up, and TLS inside the tunnel is with that host. TLS to the proxy itself, and SOCKS, are not supported.
  std::string_view proxy;
  /// `user:password` for the proxy's Basic authentication (RFC 7617), asked at each attempt and shown to
  /// nobody but the proxy; none, or an empty one: it gets no credential.
  CredentialSource proxy_credentials;
  StateHandler on_state;
  LogHook log;
  /// The lowest level that `log` receives. What is below is not even formatted: at `info` a message costs
  /// nothing.
  LogLevel log_level = LogLevel::info;
  /// Called from the loop, once after a send was refused with `queue_full`, when room was given back: a
  /// message has left or expired, or a request has ended. What is sent then may be refused again, and it is
  /// told again.
  Callback<void()> on_writable;

  BackoffConfig backoff;
  /// Reconnect attempts in a row without a ready; the first connection does not count. None: for ever. 0: no
  /// reconnecting.
  std::optional<std::uint32_t> max_retries;
  FatalPolicy fatal_policy = FatalPolicy::retry_slowly;
  /// Overrules what follows an ending: the failure table's word, and the protocol's. None: they hold.
  Judge judge;
  Duration fatal_retry_interval = std::chrono::minutes{15};
  /// The longest wait that a peer can ask for, by Retry-After or by a hint of its protocol.
  Duration retry_after_max = std::chrono::hours{1};
  /// Time ready after which the delay's exponent starts again from the beginning. Zero: at once.
  Duration stable_after = std::chrono::seconds{10};

  Duration resolve_timeout = std::chrono::seconds{10};
  Duration connect_timeout =
      std::chrono::seconds{10};  ///< for each address; a third, at least 2 s, for one that is not the last
  /// Until the proxy has answered CONNECT. Longer than `connect_timeout`: meanwhile it looks the host up and
  /// tries its addresses, and what it says of them is worth more than our silence.
  Duration proxy_timeout = std::chrono::seconds{20};
  Duration tls_timeout = std::chrono::seconds{10};
  Duration upgrade_timeout = std::chrono::seconds{10};
  Duration authentication_timeout = std::chrono::seconds{10};
  Duration close_timeout = std::chrono::seconds{5};  ///< for the whole of `close()`
  KeepaliveConfig keepalive;
};

}  // namespace kedge
