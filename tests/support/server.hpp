#pragma once
// A server on one address, all of whose services have the same terms.

#include "server/server.hpp"

#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace kedge::test {

struct ServerSetup {
  server::ServerConfig server;
  server::ServiceConfig service;  ///< of each
};

class TestServer {
 public:
  /// All is borrowed. Without `tls` it is plain.
  TestServer(Port& port, Acceptor& acceptor, server::TlsAcceptor* tls, const ServerSetup& setup,
             std::span<server::Service* const> services, LogHook log)
      : acceptor_(acceptor),
        tls_(tls),
        services_(services.begin(), services.end()),
        server_(port, config_of(setup), offers(services, setup), std::move(log)) {}

  Result<Address> listen(const Address& address) {
    return server_.listen(acceptor_, tls_, address, services_);
  }
  void shut_down(Callback<void()> on_shut_down) { server_.shut_down(std::move(on_shut_down)); }
  [[nodiscard]] std::size_t connection_count() const { return server_.connection_count(); }
  void wake() { server_.wake(); }
  operator server::Server&() { return server_; }

  /// The slots that a server like this has.
  static std::size_t slots(const ServerSetup& setup, std::size_t services = 1) {
    return setup.server.refusals_max + services * setup.service.connections_max;
  }

 private:
  // What is the server's, of the same limits.
  static server::ServerConfig config_of(const ServerSetup& setup) {
    server::ServerConfig config = setup.server;
    config.read_buffer_bytes = setup.service.limits.read_buffer_bytes;
    config.upgrade_bytes_max = setup.service.limits.upgrade_bytes_max;
    config.upgrade_headers_max = setup.service.limits.upgrade_headers_max;
    return config;
  }
  static std::vector<server::Offer> offers(std::span<server::Service* const> services,
                                           const ServerSetup& setup) {
    std::vector<server::Offer> offers;
    for (server::Service* service : services) offers.push_back({service, setup.service});
    return offers;
  }

  Acceptor& acceptor_;
  server::TlsAcceptor* tls_;
  std::vector<server::Service*> services_;
  server::Server server_;
};

}  // namespace kedge::test
