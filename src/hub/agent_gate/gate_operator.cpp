#include "gate_operator.hpp"

#include "../../base/whole_number.hpp"
#include "../../program/timestamp.hpp"
#include "../operator_answers.hpp"

#include <string>

namespace kedge::hub::agent_gate {

namespace {

std::int64_t seconds_between(Instant from, Instant to) {
  return std::chrono::duration_cast<std::chrono::seconds>(to - from).count();
}

}  // namespace

HttpAnswer GateOperator::list_approvals() const {
  const Instant now = gate_.now();
  program::StringSink sink;
  json::Writer writer(sink);
  writer.begin_object().key("approvals").begin_array();
  for (const Approval& approval : gate_.approvals()) {
    writer.begin_object().member("id", std::to_string(approval.id));
    writer.member("request_id", approval.job.request_id).member("tool", approval.job.tool);
    writer.key("args").raw(approval.job.args);
    writer.member("waiting_s", seconds_between(approval.asked, now));
    writer.member("expires_in_s", seconds_between(now, approval.deadline)).end_object();
  }
  writer.end_array().end_object();
  return json_answer(200, sink);
}

void GateOperator::write_status(json::Writer& writer) const {
  const Counters& counters = gate_.counters();
  writer.key("agent").begin_object();
  writer.member("connected", gate_.agent_connected()).member("authenticated", gate_.agent_authenticated());
  writer.member("slot_taken", gate_.slot_taken()).end_object();
  writer.member("approvals_pending", gate_.approvals().size()).member("results_kept", gate_.results_kept());
  writer.key("counters").begin_object();
  writer.member("connections", counters.connections).member("turned_away", counters.turned_away);
  writer.member("authentications", counters.authentications);
  writer.member("authentications_bad", counters.authentications_bad);
  writer.member("tool_requests", counters.tool_requests).member("executions", counters.executions);
  writer.member("denied", counters.denied).member("approvals_timed_out", counters.approvals_timed_out);
  writer.member("limited", counters.limited).member("results_stored", counters.results_stored);
  writer.member("results_fetched", counters.results_fetched);
  writer.member("results_lost", counters.results_lost).end_object();
  // Ids and tools of the latest, so that a test can prove that nothing ran twice.
  writer.key("executions").begin_array();
  for (const Execution& execution : gate_.executions()) {
    writer.begin_object().member("client_id", execution.client_id);
    writer.member("request_id", execution.request_id).member("tool", execution.tool).end_object();
  }
  writer.end_array();
}

HttpAnswer GateOperator::list_executions(const HttpRequest& request) const {
  const auto after = whole_number(request.parameter("after").value_or("0"));
  if (!after) return operator_error(400, "?after= needs a number");
  program::StringSink sink;
  json::Writer writer(sink);
  writer.begin_object().member("total", gate_.executions_total()).key("executions").begin_array();
  for (const Execution& execution : gate_.executions()) {
    if (execution.number <= *after) continue;
    writer.begin_object().member("number", execution.number).member("client_id", execution.client_id);
    writer.member("request_id", execution.request_id).member("tool", execution.tool);
    writer.member("args", execution.args).member("fate", to_string(execution.fate));
    writer.member("changed_at", program::rfc3339(execution.changed).text()).end_object();
  }
  writer.end_array().end_object();
  return json_answer(200, sink);
}

// `rest` is what follows "/approvals/".
HttpAnswer GateOperator::judge(std::string_view rest, const HttpRequest& request) {
  const std::size_t slash = rest.find('/');
  const std::string_view verb = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  if (verb != "approve" && verb != "deny") return operator_error(404, "not found");
  if (request.method != "POST") return wrong_method(act_methods);
  const auto id = whole_number(rest.substr(0, slash));
  if (!id) return operator_error(400, "an approval's id is a number");
  const bool found = verb == "approve" ? gate_.approve(*id) : gate_.deny(*id);
  if (!found) return operator_error(404, "no such approval is pending");
  return operator_done(verb == "approve" ? "approved" : "denied");
}

HttpAnswer GateOperator::cut(const HttpRequest& request) {
  if (request.method != "POST") return wrong_method(act_methods);
  const auto how = kind_of_cut(request);
  if (!how) return operator_error(400, "needs ?how=abrupt or ?how=clean");
  if (!gate_.cut_agent(*how)) return operator_error(409, "no agent is connected");
  return operator_done("cut");
}

std::optional<HttpAnswer> GateOperator::answer(const HttpRequest& request) {
  constexpr std::string_view approval = "/approvals/";
  if (request.path == "/approvals") return request.reads() ? list_approvals() : wrong_method(read_methods);
  if (request.path == "/executions") {
    return request.reads() ? list_executions(request) : wrong_method(read_methods);
  }
  if (request.path == "/agent/cut") return cut(request);
  if (request.path.starts_with(approval)) return judge(request.path.substr(approval.size()), request);
  return std::nullopt;
}

}  // namespace kedge::hub::agent_gate
