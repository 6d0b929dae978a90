#pragma once
// What the operator's HTTP API answers, without HTTP: method and path in, status and JSON out.

#include "../server/server.hpp"
#include "operator_part.hpp"

#include <span>

namespace kedge::hub {

/// Answers a request: 403 (Host or Origin is not loopback), `/status` of the server and all parts, what a
/// part answers, or 404.
[[nodiscard]] HttpAnswer answer_operator(const HttpRequest& request, const server::Server& server,
                                         std::span<OperatorPart* const> parts);

}  // namespace kedge::hub
