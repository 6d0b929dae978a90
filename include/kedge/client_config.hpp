#pragma once
// How a client holds its connection, whatever protocol it speaks.

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

/// A client's state.
enum class LinkState : std::uint8_t {
  idle,            ///< not started
  connecting,      ///< name lookup, TCP, a proxy's tunnel, TLS, upgrade
  authenticating,  ///< the WebSocket is open; the peer has not accepted the client yet
  ready,           ///< authenticated: requests go out
  waiting,         ///< between two attempts
  closing,         ///< `close()` was called; lasts at most `close_timeout`
  closed,          ///< final: closed by the caller, out of retries, or stopped by a fatal failure
};
/// A stable lower-case name. Static storage.
[[nodiscard]] std::string_view to_string(LinkState state) noexcept;

/// How jitter spreads the delay before attempt n, where d(n) = min(cap, base * 2^(n-1)), n from 1.
enum class Jitter : std::uint8_t {
  none,          ///< d
  equal,         ///< d/2 + U(0, d/2)
  additive,      ///< min(d, cap - 1 s) + U(0, 1 s)
  full,          ///< U(0, d)
  decorrelated,  ///< min(cap, U(base, 3 * the previous delay))
};

struct BackoffConfig {
  Duration base = std::chrono::seconds{1};  ///< 1 ms or more
  Duration cap = std::chrono::seconds{30};  ///< `base` or more; the log warns below 100 ms
  Jitter jitter = Jitter::equal;
};

/// What to do after a failure that another attempt is not expected to fix: a refused credential, a wrong
/// certificate, a path that does not exist. Once the client has been ready, an answer that a proxy may give
/// while its backend restarts does not count, unless the same one comes ten times in a row.
enum class FatalPolicy : std::uint8_t {
  stop,          ///< stop for good; suits a command line
  retry_slowly,  ///< retry at the backoff's cap; after ten failures in a row every `fatal_retry_interval`,
                 ///< with jitter; at once when credentials or trust have changed (`retry_now`)
};

/// When to ping, and when to treat the peer as dead.
struct KeepaliveConfig {
  Duration interval = std::chrono::seconds{30};  ///< silence from the peer before a ping; zero: no pings
  /// Silence after the ping before the connection is dropped; positive, unless pings are off.
  Duration timeout = std::chrono::seconds{10};
};

/// Writes the credential of one attempt into `secret`, at most `Limits::credential_bytes_max` bytes. Called
/// from the loop at each attempt, so a rotated credential takes effect at once. An error ends the attempt
/// with kind `authentication`.
///
/// The client keeps the credential until the attempt, or the connection that follows it, has ended. Where
/// text from the peer repeats it, or a value of the URL's query, states, log, errors and completions show
/// `***` instead, whether it is repeated verbatim, with JSON escapes, percent-encoded or in base64. A
/// credential of less than eight bytes is found only as a whole word; credentials of earlier attempts are not
/// looked for.
using CredentialSource = Callback<Result<void>(Secret& secret)>;

/// Called from the loop on every change of state. `error` says why the client left a better state, with the
/// kind of the failure; otherwise it is empty.
using StateHandler = Callback<void(LinkState state, const Error& error)>;

/// The configuration of one client. Text is copied at construction; `tls` is borrowed and must outlive the
/// client. `connect()` reports a member that is out of range by name. Durations must be positive unless
/// stated otherwise.
struct ClientConfig {
  std::string_view url;          ///< ws:// or wss://; an IPv6 address in brackets, its zone after %25
  TlsLayer* tls = nullptr;       ///< required for wss://
  CredentialSource credentials;  ///< required where the protocol has a credential
  /// An HTTP proxy to connect through, for ws:// and wss:// alike: `http://host[:port]`, port 80 by default;
  /// empty: none. The client asks it for a tunnel (CONNECT, RFC 9110 section 9.3.6). The proxy looks up the
  /// URL's host, and TLS inside the tunnel is with that host. TLS to the proxy itself and SOCKS are not
  /// supported.
  std::string_view proxy;
  /// `user:password` for the proxy's Basic authentication (RFC 7617), requested at each attempt and sent to
  /// the proxy only. Without a source, or if it writes nothing, the proxy gets no credential.
  CredentialSource proxy_credentials;
  StateHandler on_state;
  LogHook log;
  /// The lowest level that `log` receives. Records below it are not even formatted: at `info` a message costs
  /// nothing.
  LogLevel log_level = LogLevel::info;
  /// Called from the loop once there is room again after a send was refused with `queue_full`: a message was
  /// sent or expired, or a request has ended. If a later send is refused too, it is called again.
  Callback<void()> on_writable;

  BackoffConfig backoff;
  /// Reconnect attempts in a row that do not reach `ready`; the first connection does not count. nullopt:
  /// unlimited. 0: never reconnect.
  std::optional<std::uint32_t> max_retries;
  FatalPolicy fatal_policy = FatalPolicy::retry_slowly;
  /// Overrules what the failure table and the protocol decide after an ending. Empty: their decision stands.
  Judge judge;
  Duration fatal_retry_interval = std::chrono::minutes{15};
  /// The longest wait that a peer can request, by Retry-After or by a hint of its protocol.
  Duration retry_after_max = std::chrono::hours{1};
  /// Time in `ready` after which the backoff starts from the beginning again. Zero: at once.
  Duration stable_after = std::chrono::seconds{10};

  Duration resolve_timeout = std::chrono::seconds{10};
  Duration connect_timeout =
      std::chrono::seconds{10};  ///< per address; for all but the last a third of it, at least 2 s
  /// Until the proxy has answered CONNECT. Longer than `connect_timeout`: the proxy looks up the host and
  /// tries its addresses meanwhile, and its error says more than our timeout.
  Duration proxy_timeout = std::chrono::seconds{20};
  Duration tls_timeout = std::chrono::seconds{10};
  Duration upgrade_timeout = std::chrono::seconds{10};
  Duration authentication_timeout = std::chrono::seconds{10};
  Duration close_timeout = std::chrono::seconds{5};  ///< for the whole of `close()`
  KeepaliveConfig keepalive;
};

}  // namespace kedge
