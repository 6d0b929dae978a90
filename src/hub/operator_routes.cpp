#include "operator_routes.hpp"

#include "../base/whole_number.hpp"
#include "../program/http/foreign.hpp"
#include "../program/printable.hpp"
#include "../program/timestamp.hpp"

#include <string>

namespace kedge::hub {

namespace {

using agent_gate::Approval;
using agent_gate::Gate;
using agent_gate::StringSink;

constexpr std::string_view read_methods = "GET, HEAD";
constexpr std::string_view act_methods = "POST";

// What agents said is in it, and the reader may be a terminal.
HttpAnswer json_answer(int status, StringSink& sink) {
  return {status, program::printable_json(sink.take())};
}

HttpAnswer wrong_method(std::string_view allow) {
  HttpAnswer answer = operator_error(405, "method not allowed");
  answer.allow = allow;
  return answer;
}

std::int64_t seconds_between(Instant from, Instant to) {
  return std::chrono::duration_cast<std::chrono::seconds>(to - from).count();
}

HttpAnswer list_approvals(const Gate& gate, Server& server) {
  StringSink sink;
  json::Writer writer(sink);
  writer.begin_object().key("approvals").begin_array();
  for (const Approval& approval : gate.approvals()) {
    writer.begin_object().member("id", std::to_string(approval.id));
    writer.member("request_id", approval.job.request_id).member("tool", approval.job.tool);
    writer.key("args").raw(approval.job.args);
    writer.member("waiting_s", seconds_between(approval.asked, server.now()));
    writer.member("expires_in_s", seconds_between(server.now(), approval.deadline)).end_object();
  }
  writer.end_array().end_object();
  return json_answer(200, sink);
}

HttpAnswer status(const Gate& gate, Server& server) {
  const agent_gate::Counters& counters = gate.counters();
  StringSink sink;
  json::Writer writer(sink);
  writer.begin_object().key("agent").begin_object();
  writer.member("connected", gate.agent_connected()).member("authenticated", gate.agent_authenticated());
  writer.member("slot_taken", gate.slot_taken()).end_object();
  writer.member("connections", server.connection_count());
  writer.member("approvals_pending", gate.approvals().size()).member("results_kept", gate.results_kept());
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
  for (const agent_gate::Execution& execution : gate.executions()) {
    writer.begin_object().member("client_id", execution.client_id);
    writer.member("request_id", execution.request_id).member("tool", execution.tool).end_object();
  }
  writer.end_array().end_object();
  return json_answer(200, sink);
}

HttpAnswer list_executions(const HttpRequest& request, const Gate& gate) {
  const auto after = whole_number(request.parameter("after").value_or("0"));
  if (!after) return operator_error(400, "?after= needs a number");
  StringSink sink;
  json::Writer writer(sink);
  writer.begin_object().member("total", gate.executions_total()).key("executions").begin_array();
  for (const agent_gate::Execution& execution : gate.executions()) {
    if (execution.number <= *after) continue;
    writer.begin_object().member("number", execution.number).member("client_id", execution.client_id);
    writer.member("request_id", execution.request_id).member("tool", execution.tool);
    writer.member("args", execution.args).member("fate", to_string(execution.fate));
    writer.member("changed_at", program::rfc3339(execution.changed).text()).end_object();
  }
  writer.end_array().end_object();
  return json_answer(200, sink);
}

HttpAnswer done(std::string_view what) {
  StringSink sink;
  json::Writer writer(sink);
  writer.begin_object().member("status", what).end_object();
  return json_answer(200, sink);
}

// `rest` is what follows "/approvals/".
HttpAnswer judge(std::string_view rest, const HttpRequest& request, Gate& gate) {
  const std::size_t slash = rest.find('/');
  const std::string_view verb = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  if (verb != "approve" && verb != "deny") return operator_error(404, "not found");
  if (request.method != "POST") return wrong_method(act_methods);
  const auto id = whole_number(rest.substr(0, slash));
  if (!id) return operator_error(400, "an approval's id is a number");
  const bool found = verb == "approve" ? gate.approve(*id) : gate.deny(*id);
  if (!found) return operator_error(404, "no such approval is pending");
  return done(verb == "approve" ? "approved" : "denied");
}

// None when it does not say which.
std::optional<CutKind> kind_of_cut(const HttpRequest& request) noexcept {
  const auto how = request.parameter("how");
  if (how == "abrupt") return CutKind::abrupt;
  if (how == "clean") return CutKind::clean;
  return std::nullopt;
}

HttpAnswer cut(const HttpRequest& request, Gate& gate) {
  if (request.method != "POST") return wrong_method(act_methods);
  const auto how = kind_of_cut(request);
  if (!how) return operator_error(400, "needs ?how=abrupt or ?how=clean");
  if (!gate.cut_agent(*how)) return operator_error(409, "no agent is connected");
  return done("cut");
}

HttpAnswer cut_peer(const HttpRequest& request, btp::Connector& connector) {
  if (request.method != "POST") return wrong_method(act_methods);
  const auto how = kind_of_cut(request);
  const auto peer = request.parameter("peer");
  if (!how || !peer) return operator_error(400, "needs ?peer=ID and how=abrupt or how=clean");
  if (!connector.cut_peer(*peer, *how)) return operator_error(409, "no such peer is connected");
  return done("cut");
}

HttpAnswer list_peers(const btp::Connector& connector) {
  const btp::Counters& counters = connector.counters();
  StringSink sink;
  json::Writer writer(sink);
  writer.begin_object().key("peers").begin_array();
  for (const btp::Line& line : connector.lines()) {
    if (line.connection == nullptr || !line.authenticated) continue;
    writer.begin_object().member("peer", line.peer).member("dialect", to_string(line.dialect));
    writer.member("connection", line.id()).member("serves", line.serves()).end_object();
  }
  writer.end_array().key("in_flight").begin_object();
  writer.member("forwarded", connector.packets_forwarded()).member("delayed", connector.packets_delayed());
  writer.member("held", connector.packets_held()).end_object();
  writer.key("counters").begin_object();
  writer.member("connections", counters.connections).member("authentications", counters.authentications);
  writer.member("authentications_bad", counters.authentications_bad).member("packets", counters.packets);
  writer.member("fulfilled", counters.fulfilled).member("rejected", counters.rejected);
  writer.member("forwarded", counters.forwarded).member("failed", counters.failed);
  writer.member("undelivered", counters.undelivered).member("unmatched", counters.unmatched);
  writer.member("undecodable", counters.undecodable).end_object().end_object();
  return json_answer(200, sink);
}

HttpAnswer answer_btp(const HttpRequest& request, btp::Connector& connector) {
  if (request.path == "/btp/cut") return cut_peer(request, connector);
  if (request.path != "/btp") return operator_error(404, "not found");
  return request.reads() ? list_peers(connector) : wrong_method(read_methods);
}

}  // namespace

HttpAnswer operator_error(int status_code, std::string_view message) {
  StringSink sink;
  json::Writer writer(sink);
  writer.begin_object().member("error", message).end_object();
  return json_answer(status_code, sink);
}

HttpAnswer answer_operator(const HttpRequest& request, Gate& gate, Server& server,
                           btp::Connector* connector) {
  if (const std::string_view part = program::foreign_part(request); !part.empty()) {
    return operator_error(403, "the " + std::string(part) + " is not loopback");
  }
  constexpr std::string_view approvals = "/approvals";
  if (request.path == approvals) {
    return request.reads() ? list_approvals(gate, server) : wrong_method(read_methods);
  }
  if (request.path == "/status") return request.reads() ? status(gate, server) : wrong_method(read_methods);
  if (request.path == "/executions") {
    return request.reads() ? list_executions(request, gate) : wrong_method(read_methods);
  }
  if (request.path == "/agent/cut") return cut(request, gate);
  if (connector != nullptr && request.path.starts_with("/btp")) return answer_btp(request, *connector);
  if (request.path.starts_with("/approvals/")) {
    return judge(request.path.substr(approvals.size() + 1), request, gate);
  }
  return operator_error(404, "not found");
}

}  // namespace kedge::hub
