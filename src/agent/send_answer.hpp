#pragma once
// How a packet's end is told to who sent it over HTTP.

#include "answers.hpp"

#include <kedge/btp.hpp>

namespace kedge::agent {

/// For a packet that was sent: 200 for FULFILL and REJECT, else 408 or 502; its error is "Outcome unknown"
/// where the packet may have been delivered.
[[nodiscard]] HttpAnswer answer_of(const btp::PacketOutcome& outcome);

/// For one that was not: 400, 429 or 503.
[[nodiscard]] HttpAnswer refusal_of(const Error& why);

}  // namespace kedge::agent
