#pragma once
// One address that a server listens on.

#include "service.hpp"
#include "tls_acceptor.hpp"

#include <kedge/acceptor.hpp>
#include <kedge/port.hpp>

#include <span>
#include <string_view>
#include <vector>

namespace kedge::server {

class Server;

class Entrance final : public AcceptEvents {
 public:
  /// `services` are asked in this order. All is borrowed; without `tls` it is plain.
  Entrance(Server& server, Acceptor& acceptor, TlsAcceptor* tls, std::span<Service* const> services)
      : server_(server), acceptor_(acceptor), tls_(tls), services_(services.begin(), services.end()) {}

  Result<Address> listen(const Address& address) noexcept;
  void close() noexcept { acceptor_.close(); }
  /// Until the acceptor has said that it is closed.
  [[nodiscard]] bool listening() const noexcept { return listening_; }
  [[nodiscard]] TlsAcceptor* tls() const noexcept { return tls_; }
  /// Null: none of its services serves that path.
  [[nodiscard]] Service* service_for(std::string_view path) const noexcept;

 private:
  // AcceptEvents
  void on_accept(Stream& stream, const Address& peer) noexcept override;
  void on_accept_error(const Error& error) noexcept override;
  void on_accept_closed() noexcept override;

  Server& server_;
  Acceptor& acceptor_;
  TlsAcceptor* tls_;
  std::vector<Service*> services_;
  bool listening_ = false;
};

}  // namespace kedge::server
