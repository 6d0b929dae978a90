#pragma once
// The first message of a line: who a peer says it is.

#include "../../program/token.hpp"
#include "../../protocol/btp/message.hpp"

#include <string>
#include <string_view>

namespace kedge::hub::btp {

struct Credentials {
  std::string peer;
  program::Token token;
};

/// Reads the credentials of a message that authenticates. What is wrong with it, in the words of the
/// dialect's own servers where they have any; empty when nothing is. Static storage.
[[nodiscard]] std::string_view read_credentials(kedge::btp::Dialect dialect,
                                                const kedge::btp::Message& message, Credentials& into);

}  // namespace kedge::hub::btp
