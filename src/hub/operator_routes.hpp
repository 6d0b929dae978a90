#pragma once
// What the operator's HTTP API answers, without HTTP: method and path in, status and JSON out.

#include "agent_gate/gate.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace kedge::hub {

struct OperatorRequest {
  std::string_view method;
  std::string_view path;                  ///< without the query
  std::optional<std::string_view> how;    ///< the query parameter of that name
  std::optional<std::string_view> after;  ///< likewise
  std::string_view host;                  ///< the Host header, empty when absent
  std::string_view origin;                ///< the Origin header, empty when absent
};

struct OperatorAnswer {
  int status = 200;
  std::string body;             ///< JSON text
  std::string_view allow = {};  ///< with 405: the methods there are. Static storage
};

/// Answers a request: 200, 400, 403 (Host or Origin is not loopback), 404, 405, 409 (no agent to cut).
[[nodiscard]] OperatorAnswer answer_operator(const OperatorRequest& request, agent_gate::Gate& gate,
                                             Server& server);
/// `{"error":...}` with a status, for what fails before it has a path.
[[nodiscard]] OperatorAnswer operator_error(int status, std::string_view message);

}  // namespace kedge::hub
