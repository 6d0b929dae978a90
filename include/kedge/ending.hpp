#pragma once
// How an attempt or a connection ended, and what follows.

#include <kedge/callback.hpp>
#include <kedge/error.hpp>
#include <kedge/time.hpp>

#include <cstdint>
#include <string_view>

namespace kedge {

/// What follows an ending. By default, before the protocol adds its own rules and a `Judge` overrules both:
///
/// - `refused`, until the client has been ready once: HTTP 3xx, 400, 401, 403, 404, 405 and 426 in answer to
///   the upgrade; an answer that breaks RFC 6455 section 4.1 (a wrong accept key, a subprotocol or an
///   extension that was not offered); a proxy's 407, or one of these statuses from a proxy; a certificate
///   that does not verify, unless only its dates are wrong; close codes 1008 and 1010.
/// - `again`: everything else. Name lookup, TCP, TLS, timeouts; 408, 425, 429, 5xx and statuses of an unknown
///   class; all other close codes; a certificate that is not yet or no longer valid, because the device's
///   clock may be wrong; a credential or proxy credential that was not available.
/// - `again`, once the client has been ready, also for everything that is `refused` above: a proxy answers
///   like that while its backend restarts. It is `refused` after the same status or close code ten times in a
///   row.
/// - `refused`, always: an error of kind `config`, which only another configuration fixes.
enum class Verdict : std::uint8_t {
  again,    ///< another attempt, after the backoff's delay
  refused,  ///< another attempt is not expected to help: `ClientConfig::fatal_policy` decides
  final,    ///< no other attempt, whatever the policy says
};
/// A stable lower-case name. Static storage.
[[nodiscard]] std::string_view to_string(Verdict verdict) noexcept;

/// How an attempt ended before its connection was open, or how a connection ended. Views are valid only
/// during the call.
struct Ending {
  /// Why; layer and code say where it was found.
  Error error;
  /// The code of the close frame with which the peer started to close (RFC 6455 section 7.4); 1005 for a
  /// frame without a code, 0 without a frame.
  std::uint16_t close_code = 0;
  /// Its reason, up to 123 bytes of UTF-8, with `***` in place of the client's credential.
  std::string_view close_reason;
  /// The HTTP status of the answer to the upgrade if it was not 101; otherwise 0.
  std::int32_t http_status = 0;
  /// The HTTP status of the proxy's answer to CONNECT if it was not 2xx; otherwise 0.
  std::int32_t proxy_status = 0;
  /// The wait that the server or the proxy asked for (Retry-After), before any limit; zero if it asked for
  /// none.
  Duration hint{};
  bool was_open = false;   ///< the WebSocket was open: the upgrade was answered with 101
  bool was_ready = false;  ///< the peer had accepted the client on this connection
};

/// The decision about an ending.
struct Judgement {
  Verdict verdict = Verdict::again;
  /// The next attempt does not start before this time has passed; capped at `ClientConfig::retry_after_max`.
  Duration not_before{};
  /// The error to report: in the state, `last_error()` and the requests that end with it. Empty: the usual
  /// one.
  Error error;
};

/// Called once for each ending after which another attempt is possible. `usual` is the decision without a
/// judge; return something else to overrule it. Called from the loop; must not call the client.
using Judge = Callback<Judgement(const Ending& ending, const Judgement& usual)>;

}  // namespace kedge
