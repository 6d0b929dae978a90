#pragma once
// The hub's stand-in and its parties on a simulated world, plain or behind TLS.

#include "server/tls_acceptor.hpp"
#include "support/certificates.hpp"
#include "support/ground.hpp"

#include <kedge/port_sim.hpp>
#include <kedge/tls.hpp>

namespace kedge::test {

/// Both ends of TLS; the certificate is made once for each test program.
class SimTls {
 public:
  SimTls(Port& server_port, std::size_t slots) : server_(server_port) {
    static const Certificate ca = make_ca();
    static const Certificate shown =
        make_certificate({.name = "gateway", .dns_names = {"gateway"}, .issuer = &ca});
    tls::ServerConfig config;
    config.certificate = shown.pem_bytes();
    config.key = shown.key_bytes();
    EXPECT(server_.configure(config).ok(), "the server to take its certificate");
    for (auto& client : clients_)
      EXPECT(client.client.trust(ca.pem_bytes()).ok(), "the client to take the CA");
    acceptor_ = std::make_unique<server::SlotTlsAcceptor>(server_, slots);
  }
  [[nodiscard]] TlsLayer& client(std::size_t party) { return clients_[party].client; }
  [[nodiscard]] server::TlsAcceptor& acceptor() { return *acceptor_; }

 private:
  tls::Server server_;
  tls::ClientStorage<> clients_[2];
  std::unique_ptr<server::SlotTlsAcceptor> acceptor_;
};

template <class P>
class SimGround : public Ground<P> {
 public:
  explicit SimGround(typename P::Config config, bool tls = false) : Ground<P>(std::move(config)) {
    const Address address = sim::ipv4(10, 0, 0, 1, 443);
    EXPECT(world.set_name("gateway", std::span(&address, 1)), "room for the name");
    const ServerSetup server_config = this->small_server();
    if (tls) tls_ = std::make_unique<SimTls>(server_port, TestServer::slots(server_config));
    this->serve(server, server_port, listener, tls ? &tls_->acceptor() : nullptr, server_config, address);
  }
  Way way(std::size_t party) override {
    if (tls_ == nullptr) return {&client_ports[party], nullptr, "ws://gateway:443/"};
    return {&client_ports[party], &tls_->client(party), "wss://gateway/"};
  }
  bool run_until(const std::function<bool()>& done) override {
    return world.run_until([&done] { return done(); }, std::chrono::minutes{2});
  }

  sim::World world{1, {.connections = 16}};
  sim::Port client_ports[2] = {sim::Port(world), sim::Port(world)};
  sim::Port server_port{world};
  sim::Listener listener{world};

 private:
  std::unique_ptr<SimTls> tls_;

 public:
  std::unique_ptr<TestServer> server;
};

}  // namespace kedge::test
