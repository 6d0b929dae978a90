#pragma once
// What the operator's HTTP API answers, without HTTP: method and path in, status and JSON out.

#include "../program/http/message.hpp"
#include "agent_gate/gate.hpp"
#include "btp/connector.hpp"

#include <string_view>

namespace kedge::hub {

using program::HttpAnswer;
using program::HttpRequest;

/// Answers a request: 200, 400, 403 (Host or Origin is not loopback), 404, 405, 409 (nobody to cut). Without
/// a connector the BTP side is off.
[[nodiscard]] HttpAnswer answer_operator(const HttpRequest& request, agent_gate::Gate& gate, Server& server,
                                         btp::Connector* connector);
/// `{"error":...}` with a status, for what fails before it has a path.
[[nodiscard]] HttpAnswer operator_error(int status, std::string_view message);

}  // namespace kedge::hub
