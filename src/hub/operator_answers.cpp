#include "operator_answers.hpp"

#include "../program/printable.hpp"

#include <kedge/json.hpp>

namespace kedge::hub {

HttpAnswer json_answer(int status, program::StringSink& sink) {
  return {status, program::printable_json(sink.take())};
}

HttpAnswer operator_error(int status, std::string_view message) {
  program::StringSink sink;
  json::Writer writer(sink);
  writer.begin_object().member("error", message).end_object();
  return json_answer(status, sink);
}

HttpAnswer operator_done(std::string_view what) {
  program::StringSink sink;
  json::Writer writer(sink);
  writer.begin_object().member("status", what).end_object();
  return json_answer(200, sink);
}

HttpAnswer wrong_method(std::string_view allowed) {
  HttpAnswer answer = operator_error(405, "method not allowed");
  answer.allow = allowed;
  return answer;
}

std::optional<server::CutKind> kind_of_cut(const HttpRequest& request) noexcept {
  const auto how = request.parameter("how");
  if (how == "abrupt") return server::CutKind::abrupt;
  if (how == "clean") return server::CutKind::clean;
  return std::nullopt;
}

}  // namespace kedge::hub
