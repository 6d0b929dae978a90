#pragma once
// ILP packets as JSON, for a person or a script; bytes are hexadecimal.

#include <kedge/ilp.hpp>

#include <string>

namespace kedge::cli::btp {

/// `{"type":"fulfill","fulfillment":...,"data":...}`, or
/// `{"type":"reject","code":...,"triggered_by":...,"message":...,"data":...}`.
[[nodiscard]] std::string answer_as_json(const ilp::Answer& answer);

}  // namespace kedge::cli::btp
