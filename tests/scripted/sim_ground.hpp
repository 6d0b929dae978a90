#pragma once
// The hub's gate and its agents on a simulated world, plain or behind TLS.

#include "hub/tls_acceptor.hpp"
#include "support/certificates.hpp"
#include "support/gate_ground.hpp"

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
    acceptor_ = std::make_unique<hub::SlotTlsAcceptor>(server_, slots);
  }
  [[nodiscard]] TlsLayer& client(std::size_t agent) { return clients_[agent].client; }
  [[nodiscard]] hub::TlsAcceptor& acceptor() { return *acceptor_; }

 private:
  tls::Server server_;
  tls::ClientStorage<> clients_[2];
  std::unique_ptr<hub::SlotTlsAcceptor> acceptor_;
};

class SimGround : public Ground {
 public:
  explicit SimGround(GateConfig config, bool tls = false) : gate_(std::move(config), gate_token) {
    const Address addresses[] = {address_};
    EXPECT(world.set_name("gateway", addresses), "room for the name");
    const hub::ServerConfig server_config = small_gate_server();
    if (tls) tls_ = std::make_unique<SimTls>(server_port, hub::slot_count(server_config));
    services_[0] = &gate_;
    server = std::make_unique<hub::Server>(server_port, listener, tls ? &tls_->acceptor() : nullptr,
                                           server_config, services_, LogHook{});
    gate_.attach(*server);
    EXPECT(server->listen(address_).ok(), "the simulated server to listen");
  }
  Way way(std::size_t agent) override {
    if (tls_ == nullptr) return {&client_ports[agent], nullptr, "ws://gateway:443/"};
    return {&client_ports[agent], &tls_->client(agent), "wss://gateway/"};
  }
  Gate& gate() override { return gate_; }
  bool run_until(const std::function<bool()>& done) override {
    return world.run_until([&done] { return done(); }, std::chrono::minutes{2});
  }

  sim::World world{1, {.connections = 16}};
  sim::Port client_ports[2] = {sim::Port(world), sim::Port(world)};
  sim::Port server_port{world};
  sim::Listener listener{world};

 private:
  const Address address_ = sim::ipv4(10, 0, 0, 1, 443);
  std::unique_ptr<SimTls> tls_;
  Gate gate_;
  hub::Service* services_[1] = {};

 public:
  std::unique_ptr<hub::Server> server;
};

}  // namespace kedge::test
