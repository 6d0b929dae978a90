#pragma once
// What the answers to `auth` mean.

#include "../../link/failure.hpp"
#include "reply.hpp"

#include <kedge/secret.hpp>

namespace kedge::agent_gate {

enum class AuthAnswer : std::uint8_t {
  accepted,
  refused,    ///< the connection is of no use: see the error
  unrelated,  ///< not an answer to `auth`
};
struct AuthVerdict {
  AuthAnswer answer = AuthAnswer::unrelated;
  Error error;  ///< when refused; never holds the secret, even if the server sent it back
};

/// What a message that arrives before we are authenticated says. The server's "Authentication timeout" has no
/// id.
[[nodiscard]] AuthVerdict read_auth_answer(const Reply& reply, const Secret& secret,
                                           std::uint8_t depth_max) noexcept;

/// The protocol's rows of the failure table: a refused token, and any other answer to `auth`, is fatal;
/// "Authentication timeout" and close 4000, "Another agent is already connected", are not.
[[nodiscard]] Severity classify(const Error& error, Severity general) noexcept;

}  // namespace kedge::agent_gate
