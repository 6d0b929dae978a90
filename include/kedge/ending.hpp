#pragma once
// How an attempt or a connection ended, as values, and what follows.

#include <kedge/callback.hpp>
#include <kedge/error.hpp>
#include <kedge/time.hpp>

#include <cstdint>
#include <string_view>

namespace kedge {

/// What follows an ending. As usual, which is before a protocol adds its own and a `Judge` overrules both:
///
/// - `refused`, until the line has been ready once: HTTP 3xx, 400, 401, 403, 404, 405 and 426 in
///   answer to the upgrade; an answer that breaks the rules of RFC 6455 section 4.1 (a wrong accept key, a
///   subprotocol or an extension that nobody asked for); a proxy's 407, or one of these of its; a certificate
///   that does not verify, but for its dates; close codes 1008 and 1010.
/// - `again`, everything else: name lookup, TCP, TLS, timeouts; 408, 425, 429, 5xx and statuses of no known
///   class; the other close codes; a certificate not yet or no longer valid, as our clock may be wrong; a
///   credential or proxy credential that could not be had.
/// - `again` too once the line has been ready, for what was `refused` above: a proxy says such things while
///   its backend restarts. The same status or close code ten times in a row is believed.
/// - `refused` always, for an error of kind `config`: nothing but another configuration mends it.
enum class Verdict : std::uint8_t {
  again,    ///< another attempt, after the backoff's delay
  refused,  ///< another attempt is not expected to mend it: `ClientConfig::fatal_policy` says what follows
  final,    ///< no other attempt, whatever the policy says
};
/// A stable lower-case name. Static storage.
[[nodiscard]] std::string_view to_string(Verdict verdict) noexcept;

/// What ended an attempt that had not come to a connection, or a connection. Views are valid during the call.
struct Ending {
  /// Why, in words: layer and code say where it was found.
  Error error;
  /// Of the close frame by which the peer began to close (RFC 6455 section 7.4); 0 when it sent none. 1005
  /// stands for a frame without a code.
  std::uint16_t close_code = 0;
  /// The words in it, up to 123 bytes of UTF-8, with `***` in place of our credential.
  std::string_view close_reason;
  /// Of the answer to the upgrade, when that was no 101; 0 when there was none.
  std::int32_t http_status = 0;
  /// Of the proxy's answer to CONNECT, when that was no 2xx; 0 when there was none.
  std::int32_t proxy_status = 0;
  /// What the server, or the proxy, asked to wait (Retry-After), not bounded yet; zero when it named nothing.
  Duration hint{};
  bool was_open = false;   ///< the WebSocket was open: the upgrade had been answered with 101
  bool was_ready = false;  ///< on this line the peer had accepted us
};

/// What is made of an ending.
struct Judgement {
  Verdict verdict = Verdict::again;
  /// The next attempt comes no sooner than this; at most `ClientConfig::retry_after_max` counts.
  Duration not_before{};
  /// How it is reported: by the state, `last_error()` and the requests that end with it. Empty: as usual.
  Error error;
};

/// Called once for each ending that another attempt may follow. `usual` is what happens without a judge; to
/// overrule it, give another. From the loop; must not call back into the client.
using Judge = Callback<Judgement(const Ending& ending, const Judgement& usual)>;

}  // namespace kedge
