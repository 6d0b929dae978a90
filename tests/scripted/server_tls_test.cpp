// The hub with TLS: a link of ours through it, and peers that do not speak TLS.

#include "link_fixture.hpp"
#include "raw_agent.hpp"
#include "server/tls_acceptor.hpp"

#include <kedge/tls.hpp>

#include "support/certificates.hpp"

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

struct TlsWorld {
  Certificate ca = make_ca();
  Certificate certificate = make_certificate({.name = "gateway", .dns_names = {"gateway"}, .issuer = &ca});
  std::unique_ptr<tls::ClientStorage<>> client = std::make_unique<tls::ClientStorage<>>();
  LinkWorld t{config()};
  tls::Server tls_server{t.server_port};
  std::unique_ptr<server::SlotTlsAcceptor> acceptor;
  Address address = sim::ipv4(10, 0, 0, 1, 443);

  ClientConfig config() const {
    ClientConfig config;
    config.url = "wss://gateway/";
    config.tls = &client->client;
    return config;
  }
  TlsWorld() {
    EXPECT(client->client.trust(ca.pem_bytes()).ok(), "a CA to trust");
    tls::ServerConfig tls_config;
    tls_config.certificate = certificate.pem_bytes();
    tls_config.key = certificate.key_bytes();
    EXPECT(tls_server.configure(tls_config).ok(), "a certificate to show");
    acceptor = std::make_unique<server::SlotTlsAcceptor>(tls_server, TestServer::slots(small_server()));
    t.host = std::make_unique<TestServer>(t.server_port, t.listener, acceptor.get(), small_server(),
                                          t.services, LogHook{});
    EXPECT(t.host->listen(address).ok(), "to listen");
  }
  void end() {
    t.link->close();
    EXPECT(t.run_until_state(LinkState::closed), "the link to close");
    bool gone = false;
    t.host->shut_down([&gone]() noexcept { gone = true; });
    EXPECT(t.world.run_until([&] { return gone; }, 10s), "the server to be gone");
  }
};

void messages_pass_and_a_reconnect_resumes_the_session(void**) {
  TlsWorld w;
  EXPECT(w.t.connect_and_wait(), "ready over TLS");
  EXPECT(w.t.push("hello").ok(), "room");
  w.t.world.run_for(1s);
  EXPECT(w.t.protocol.messages.size() == 1, "an echo");
  w.t.service.current->cut();
  w.t.world.run_for(100ms);
  EXPECT(w.t.run_until_state(LinkState::ready), "ready again");
  EXPECT(w.tls_server.handshakes().full == 1 && w.tls_server.handshakes().resumed == 1, "a resumed session");
  w.end();
}

/// Destroys the link in `state`, its TLS layer with it, and lets time pass: whoever is told then is told for
/// what is gone.
void destroy_in(LinkState state) {
  TlsWorld w;
  EXPECT(w.t.link->connect().ok() && w.t.run_until_state(state), "that state");
  if (state == LinkState::connecting) w.t.world.run_for(4ms);  // in the middle of the handshake
  w.t.client.reset();
  w.client.reset();
  w.t.world.run_for(1min);
  EXPECT(w.t.host->connection_count() == 0, "the server has heard of it");
  bool gone = false;
  w.t.host->shut_down([&gone]() noexcept { gone = true; });
  EXPECT(w.t.world.run_until([&] { return gone; }, 10s), "the server to be gone");
}

void a_link_destroyed_on_its_line_leaves_its_tls_layer_free_at_once(void**) {
  destroy_in(LinkState::connecting);
  destroy_in(LinkState::ready);
}

void a_peer_without_tls_is_turned_away(void**) {
  TlsWorld w;
  RawAgent agent(w.t.world, w.address);
  EXPECT(w.t.world.run_until([&] { return agent.connected; }, 1s), "a TCP connection");
  agent.raw(RawAgent::upgrade_request());
  w.t.world.run_for(1s);
  EXPECT(agent.status() == 0 && (agent.ended || agent.was_reset), "the end, and no HTTP in the clear");
  EXPECT(w.t.host->connection_count() == 0 && w.tls_server.handshakes().failed == 1, "a failed handshake");
  w.end();
}

void a_handshake_that_never_comes_is_ended_in_time(void**) {
  TlsWorld w;
  RawAgent agent(w.t.world, w.address);
  w.t.world.run_for(4s);
  EXPECT(w.t.host->connection_count() == 1, "patience");
  w.t.world.run_for(2s);
  EXPECT(w.t.host->connection_count() == 0 && agent.ended, "the end after five seconds");
  w.end();
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(messages_pass_and_a_reconnect_resumes_the_session),
      cmocka_unit_test(a_link_destroyed_on_its_line_leaves_its_tls_layer_free_at_once),
      cmocka_unit_test(a_peer_without_tls_is_turned_away),
      cmocka_unit_test(a_handshake_that_never_comes_is_ended_in_time),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
