#pragma once
// What becomes of packets to one part of the address space.

#include "../answer_plan.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace kedge::hub::btp {

/// Fulfilled here.
struct Fulfilling {
  std::optional<std::string> fulfillment;  ///< 32 bytes, sent whatever the condition; none: SHA-256 of the
                                           ///< packet's data, when that is what the condition asks for
  std::string data;
};
struct Rejecting {
  std::string code = "F00";  ///< three characters (RFC-0027)
  std::string message;
  std::optional<std::string> triggered_by;  ///< an address; none: the hub's own
  std::string data;
};
/// Handed to the peer of that id, whose answer goes back.
struct Forwarding {
  std::string peer;
};

struct Route : AnswerPlan {
  std::string prefix;  ///< whole segments of an address; empty: every address
  std::variant<Fulfilling, Rejecting, Forwarding> action;
};

}  // namespace kedge::hub::btp
