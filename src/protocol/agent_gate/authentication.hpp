#pragma once
// What the answers to `auth` mean.

#include "../../link/failure.hpp"
#include "../../link/redactor.hpp"
#include "reply.hpp"

namespace kedge::agent_gate {

enum class AuthAnswer : std::uint8_t {
  accepted,
  refused,    ///< the connection is of no use: see the error
  unrelated,  ///< not an answer to `auth`
};
struct AuthVerdict {
  AuthAnswer answer = AuthAnswer::unrelated;
  /// When refused: a wrong token, and any other answer to `auth`, is one that another attempt does not mend;
  /// a token that came too late is not.
  Verdict what_follows = Verdict::refused;
  Error error;  ///< when refused; without the secret, even if the server sent it back
};

/// What a message that arrives before we are authenticated says. The server's "Authentication timeout" has no
/// id.
[[nodiscard]] AuthVerdict read_auth_answer(const Reply& reply, const Redactor& redactor,
                                           std::uint8_t depth_max) noexcept;

/// The protocol's row of the failure table: after close 4000, "Another agent is already connected", another
/// attempt follows.
[[nodiscard]] Judgement judge(const Ending& ending, Judgement judgement) noexcept;

}  // namespace kedge::agent_gate
