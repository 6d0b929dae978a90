// What the operator is told of the BTP side, without HTTP.

#include "hub/btp/connector_operator.hpp"
#include "hub/agent_gate/gate_operator.hpp"
#include "hub/operator_routes.hpp"
#include "scripted/hub_btp_fixture.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

struct World : ConnectorWorld {
  hub::agent_gate::Gate gate{hub::agent_gate::Config{}, "token"};
  hub::agent_gate::GateOperator of_gate{gate};
  hub::btp::ConnectorOperator of_connector{connector};
  hub::OperatorPart* parts[2] = {&of_gate, &of_connector};

  explicit World(std::string_view json = "{}") : ConnectorWorld(json) { gate.attach(*server); }
  hub::HttpAnswer ask(std::string_view method, std::string_view path,
                      std::optional<std::string_view> named = {}, std::optional<std::string_view> how = {}) {
    hub::HttpRequest request;
    request.method = method;
    request.path = path;
    if (named) request.query.emplace_back("peer", *named);
    if (how) request.query.emplace_back("how", *how);
    request.host = "localhost";
    return hub::answer_operator(request, *server, parts);
  }
};

void peers_packets_and_counters_are_listed(void**) {
  World t(R"({"routes": [{"prefix": "g.slow", "delay_ms": 9000}, {"prefix": "g.bob", "forward": "bob"},
                         {"prefix": "g.back", "reverse": 2}, {"prefix": "g.ok"}]})");
  RawPeer stranger = t.open(Dialect::crosstown);
  RawPeer alice = t.peer("alice", Dialect::crosstown);
  RawPeer bob = t.peer("bob", Dialect::btp2);
  RawPeer again = t.peer("bob", Dialect::btp2);
  for (const char* address : {"g.slow", "g.slow", "g.bob", "g.back", "g.ok", "g.none"}) {
    (void)t.ConnectorWorld::ask(alice, 2, Asked{address});
  }
  const hub::HttpAnswer answer = t.ask("GET", "/btp");
  EXPECT(answer.status == 200, "200");
  EXPECT_TEXT(answer.body,
              R"({"peers":[{"peer":"alice","dialect":"crosstown","connection":2,"serves":true},)"
              R"({"peer":"bob","dialect":"btp2","connection":3,"serves":false},)"
              R"({"peer":"bob","dialect":"btp2","connection":4,"serves":true}],)"
              R"("in_flight":{"forwarded":1,"delayed":2,"held":1},)"
              R"("counters":{"connections":4,"authentications":3,"authentications_bad":0,"packets":6,)"
              R"("fulfilled":4,"rejected":1,"forwarded":1,"failed":0,"undelivered":0,"unmatched":0,)"
              R"("undecodable":0}})");
}

void a_peer_is_cut_by_its_id(void**) {
  World t;
  RawPeer alice = t.peer("alice");
  RawPeer bob = t.peer("bob");
  EXPECT(t.ask("POST", "/btp/cut", "carol", "abrupt").status == 409, "409 without such a peer");
  EXPECT(t.ask("POST", "/btp/cut", "bob", "softly").status == 400, "400 for another manner");
  EXPECT(t.ask("POST", "/btp/cut", {}, "clean").status == 400, "400 without a peer");
  EXPECT(t.ask("GET", "/btp/cut", "bob", "clean").status == 405, "405 for a GET that acts");
  EXPECT(t.ask("POST", "/btp/cut", "bob", "clean").status == 200, "200");
  t.run(100ms);
  EXPECT(bob.agent->close_code == 1000 && alice.agent->close_code == 0, "bob alone to be closed");
}

void other_paths_and_methods_are_refused(void**) {
  World t;
  EXPECT(t.ask("GET", "/btp/").status == 404 && t.ask("GET", "/btpx").status == 404, "404");
  const hub::HttpAnswer wrong = t.ask("DELETE", "/btp");
  EXPECT(wrong.status == 405 && wrong.allow == "GET, HEAD", "405 with what is allowed");
  EXPECT(t.ask("GET", "/status").status == 200, "the gate's own paths to be there");
  hub::HttpRequest request;
  request.method = "GET";
  request.path = "/btp";
  request.host = "localhost";
  EXPECT(hub::answer_operator(request, *t.server, std::span(t.parts).first(1)).status == 404,
         "404 while the BTP side is off");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(peers_packets_and_counters_are_listed),
      cmocka_unit_test(a_peer_is_cut_by_its_id),
      cmocka_unit_test(other_paths_and_methods_are_refused),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
