#pragma once
// The inside of Server and ServerStream.

#include <kedge/tls.hpp>

#include "credentials.hpp"
#include "stream.hpp"

namespace kedge::tls {

class Server::Impl final : public HandshakeWatcher {
 public:
  explicit Impl(Port& port) noexcept;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl();

  [[nodiscard]] Result<void> check_not_configured() const noexcept;
  /// After identity and client CA are parsed: builds the shared configuration, or forgets them.
  Result<void> finish(const ServerConfig& config) noexcept;
  [[nodiscard]] Identity& identity() noexcept { return identity_; }
  [[nodiscard]] Certificates& client_ca() noexcept { return client_ca_; }
  [[nodiscard]] Port& port() noexcept { return port_; }
  [[nodiscard]] const HandshakeCounts& counts() const noexcept { return counts_; }

  Result<void> start(TlsStream& stream, Stream& below, StreamEvents& events) noexcept;

  void on_handshake_done(const mbedtls_ssl_context& ssl, bool resumed) noexcept override;
  void on_handshake_failed() noexcept override;
  void on_new_ticket(const mbedtls_ssl_context&) noexcept override {}

 private:
  int set_up(const ServerConfig& config) noexcept;
  int set_up_sessions(const ServerConfig& config) noexcept;
  void forget() noexcept;

  Port& port_;
  Identity identity_;
  Certificates client_ca_;
  DatePolicy dates_;
  mbedtls_ssl_config config_;
  mbedtls_ssl_ticket_context tickets_;
  mbedtls_ssl_cache_context cache_;
  HandshakeCounts counts_;
  bool configured_ = false;
};

class ServerStream::Impl {
 public:
  Impl(Server& server, std::span<std::byte> input_buffer) noexcept
      : server_(server.impl()), stream_(Role::server, input_buffer, server_) {}

  Result<Stream*> start(Stream& below, StreamEvents& events) noexcept;

 private:
  Server::Impl& server_;
  TlsStream stream_;
};

}  // namespace kedge::tls
