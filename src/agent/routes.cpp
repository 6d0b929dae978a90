#include "routes.hpp"

#include "../program/http/foreign.hpp"
#include "../ws/http_text.hpp"
#include "health.hpp"
#include "metrics.hpp"

namespace kedge::agent {

namespace {

HttpAnswer wrong_method(std::string_view allow) {
  HttpAnswer answer = error_answer(405, "this path takes another method");
  answer.allow = allow;
  return answer;
}

// A page of another site, in a browser that can reach us: it may neither send packets nor read answers.
bool is_foreign(const HttpRequest& request, bool local) noexcept {
  if (local) return !program::foreign_part(request).empty();
  if (request.origin.empty()) return false;
  const std::string_view asked = request.authority.empty() ? request.host : request.authority;
  const std::size_t scheme = request.origin.find("://");
  return scheme == std::string_view::npos ||
         !ws::equal_without_case(request.origin.substr(scheme + 3), asked);
}

}  // namespace

std::optional<HttpAnswer> Routes::on_request(const HttpRequest& request, program::HttpTicket ticket) {
  if (is_foreign(request, local_))
    return error_answer(403, "the target, the Host or the Origin header names another site");
  if (request.path == "/ilp/send") {
    return request.method == "POST" ? send_.on_request(request, ticket) : wrong_method("POST");
  }
  if (request.path == "/health") {
    return request.reads() ? health_answer(snapshot_()) : wrong_method("GET, HEAD");
  }
  if (request.path == "/ready") {
    return request.reads() ? ready_answer(snapshot_()) : wrong_method("GET, HEAD");
  }
  if (request.path == "/metrics") {
    return request.reads() ? metrics_answer(snapshot_(), program::process_usage())
                           : wrong_method("GET, HEAD");
  }
  return error_answer(404, "there are /ilp/send, /health, /ready and /metrics");
}

}  // namespace kedge::agent
