#pragma once
// What a failure is. What to do about a refusal is policy, and the link's business.

#include "failure_history.hpp"

#include <kedge/ending.hpp>

namespace kedge {

/// The table that holds for all protocols (kedge/ending.hpp): `again` or `refused`. Refusals, before the
/// line was ever ready, are
/// HTTP 3xx, 400, 401, 403, 404, 405, 426, a bad upgrade (wrong accept key, unasked subprotocol or
/// extension), the same of a proxy and its 407, a certificate that does not verify for more than its dates,
/// close 1008 and 1010. Once it was
/// ready none of them is: a proxy says them while its backend restarts, a captive portal shows a certificate
/// of its own. But a status or close code of these that comes ten times in a row is one again: a URL may be
/// taken away for good. `config` errors always are; what is in no row is not. A protocol may overrule it.
///
/// `history` counts this failure already.
[[nodiscard]] Verdict classify(const Error& error, const FailureHistory& history) noexcept;

/// What ended a connection before it was ready, for what it means: a server may refuse a credential by its
/// close code alone (1008).
[[nodiscard]] Error before_ready(const Error& why) noexcept;

/// What refused an attempt, for what it means once the line has been ready: 401 and 403 are the words of
/// something before the server, and of kind `connection`, until they have come ten times in a row to an
/// upgrade that carried the credential; so is a proxy's 407, until it has come as often. Any other failure as
/// it is.
[[nodiscard]] Error as_remembered(const Error& why, const FailureHistory& history,
                                  bool upgrade_has_credential) noexcept;

/// All of that: what is made of an ending unless a protocol, or the user, judges otherwise. `history` counts
/// it already.
[[nodiscard]] Judgement usual_judgement(const Ending& ending, const FailureHistory& history,
                                        bool upgrade_has_credential) noexcept;

}  // namespace kedge
