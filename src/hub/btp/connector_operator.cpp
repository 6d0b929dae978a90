#include "connector_operator.hpp"

#include "../operator_answers.hpp"

namespace kedge::hub::btp {

HttpAnswer ConnectorOperator::cut_peer(const HttpRequest& request) {
  if (request.method != "POST") return wrong_method(act_methods);
  const auto how = kind_of_cut(request);
  const auto peer = request.parameter("peer");
  if (!how || !peer) return operator_error(400, "needs ?peer=ID and how=abrupt or how=clean");
  if (!connector_.cut_peer(*peer, *how)) return operator_error(409, "no such peer is connected");
  return operator_done("cut");
}

void ConnectorOperator::write_peers(json::Writer& writer) const {
  const Counters& counters = connector_.counters();
  writer.key("peers").begin_array();
  for (const auto& [id, line] : connector_.lines()) {
    if (!line.authenticated) continue;
    writer.begin_object().member("peer", line.peer).member("dialect", to_string(line.dialect));
    writer.member("connection", id).member("serves", line.serves()).end_object();
  }
  writer.end_array().key("in_flight").begin_object();
  writer.member("forwarded", connector_.packets_forwarded()).member("delayed", connector_.packets_delayed());
  writer.member("held", connector_.packets_held()).end_object();
  writer.key("counters").begin_object();
  writer.member("connections", counters.connections).member("authentications", counters.authentications);
  writer.member("authentications_bad", counters.authentications_bad).member("packets", counters.packets);
  writer.member("fulfilled", counters.fulfilled).member("rejected", counters.rejected);
  writer.member("forwarded", counters.forwarded).member("failed", counters.failed);
  writer.member("undelivered", counters.undelivered).member("unmatched", counters.unmatched);
  writer.member("undecodable", counters.undecodable).end_object();
}

HttpAnswer ConnectorOperator::list_peers() const {
  program::StringSink sink;
  json::Writer writer(sink);
  writer.begin_object();
  write_peers(writer);
  writer.end_object();
  return json_answer(200, sink);
}

void ConnectorOperator::write_status(json::Writer& writer) const {
  writer.key("btp").begin_object();
  write_peers(writer);
  writer.end_object();
}

std::optional<HttpAnswer> ConnectorOperator::answer(const HttpRequest& request) {
  if (request.path == "/btp/cut") return cut_peer(request);
  if (request.path != "/btp") return std::nullopt;
  return request.reads() ? list_peers() : wrong_method(read_methods);
}

}  // namespace kedge::hub::btp
