#include "operator_routes.hpp"

#include "../program/http/foreign.hpp"
#include "operator_answers.hpp"

#include <string>

namespace kedge::hub {

namespace {

HttpAnswer status(const server::Server& server, std::span<OperatorPart* const> parts) {
  program::StringSink sink;
  json::Writer writer(sink);
  writer.begin_object().member("connections", server.connection_count());
  for (const OperatorPart* part : parts) part->write_status(writer);
  writer.end_object();
  return json_answer(200, sink);
}

}  // namespace

HttpAnswer answer_operator(const HttpRequest& request, const server::Server& server,
                           std::span<OperatorPart* const> parts) {
  if (const std::string_view part = program::foreign_part(request); !part.empty()) {
    return operator_error(403, "the " + std::string(part) + " is not loopback");
  }
  if (request.path == "/status") {
    return request.reads() ? status(server, parts) : wrong_method(read_methods);
  }
  for (OperatorPart* part : parts) {
    if (auto answer = part->answer(request)) return std::move(*answer);
  }
  return operator_error(404, "not found");
}

}  // namespace kedge::hub
