#pragma once
// A packet on its way to its answer.

#include "route.hpp"

#include <kedge/btp.hpp>
#include <kedge/time.hpp>

#include <cstdint>
#include <string>

namespace kedge::hub::btp {

struct Transit {
  std::uint64_t from = 0;  ///< server::Connection::id() of the line that asked
  std::uint32_t request_id = 0;
  kedge::btp::Dialect dialect = kedge::btp::Dialect::crosstown;  ///< of that line
  const Route* route = nullptr;                                  ///< null: none, so that it is rejected
  // While a peer has it:
  std::uint64_t to = 0;  ///< the line that was asked
  std::uint32_t to_request_id = 0;

  Instant due = never;  ///< until when the peer may answer
  std::string answer;   ///< a whole message, once it is known and is one

  [[nodiscard]] Habit habit() const noexcept { return route == nullptr ? Habit::none : route->habit; }
};

}  // namespace kedge::hub::btp
