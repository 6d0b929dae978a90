#include "server_impl.hpp"
#include "words.hpp"

#include <algorithm>
#include <limits>
#include <new>

namespace kedge::tls {

Server::Impl::Impl(Port& port) noexcept : port_(port) {
  mbedtls_ssl_config_init(&config_);
  mbedtls_ssl_ticket_init(&tickets_);
  mbedtls_ssl_cache_init(&cache_);
}

Server::Impl::~Impl() {
  mbedtls_ssl_config_free(&config_);
  mbedtls_ssl_cache_free(&cache_);
  mbedtls_ssl_ticket_free(&tickets_);
}

Result<void> Server::Impl::check_not_configured() const noexcept {
  if (!configured_) return {};
  return Error(ErrorKind::config,
               "TLS: a server is configured once; make another one for another certificate");
}

int Server::Impl::set_up_sessions(const ServerConfig& config) noexcept {
  if (config.cached_sessions_max != 0) {
    mbedtls_ssl_cache_set_max_entries(&cache_, config.cached_sessions_max);
    mbedtls_ssl_conf_session_cache(&config_, &cache_, mbedtls_ssl_cache_get, mbedtls_ssl_cache_set);
  }
  if (!config.tickets) return 0;
  const auto lifetime_s =
      std::clamp<std::int64_t>(config.ticket_lifetime.count(), 1, std::numeric_limits<std::uint32_t>::max());
  const int result = mbedtls_ssl_ticket_setup(&tickets_, random_from_port, &port_, MBEDTLS_CIPHER_AES_256_GCM,
                                              static_cast<std::uint32_t>(lifetime_s));
  if (result != 0) return result;
  mbedtls_ssl_conf_session_tickets_cb(&config_, mbedtls_ssl_ticket_write, mbedtls_ssl_ticket_parse,
                                      &tickets_);
  return 0;
}

int Server::Impl::set_up(const ServerConfig& config) noexcept {
  int result = compat::start_library() ? 0 : MBEDTLS_ERR_SSL_INTERNAL_ERROR;
  if (result == 0) {
    result = mbedtls_ssl_config_defaults(&config_, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_STREAM,
                                         MBEDTLS_SSL_PRESET_DEFAULT);
  }
  if (result == 0) result = mbedtls_ssl_conf_own_cert(&config_, identity_.certificates(), identity_.key());
  mbedtls_ssl_conf_rng(&config_, random_from_port, &port_);
  if (result == 0) result = set_up_sessions(config);
  if (result != 0) return result;
  compat::set_versions(config_, config.tls_1_3);
  compat::refuse_renegotiation(config_);
  dates_ = config.dates;
  if (!client_ca_.empty()) {
    mbedtls_ssl_conf_ca_chain(&config_, client_ca_.get(), nullptr);
    mbedtls_ssl_conf_authmode(&config_, MBEDTLS_SSL_VERIFY_REQUIRED);
  } else {
    mbedtls_ssl_conf_authmode(&config_, MBEDTLS_SSL_VERIFY_NONE);
  }
  return 0;
}

void Server::Impl::forget() noexcept {
  mbedtls_ssl_config_free(&config_);
  mbedtls_ssl_config_init(&config_);
  mbedtls_ssl_cache_free(&cache_);
  mbedtls_ssl_cache_init(&cache_);
  mbedtls_ssl_ticket_free(&tickets_);
  mbedtls_ssl_ticket_init(&tickets_);
  identity_.clear();
  client_ca_.clear();
}

Result<void> Server::Impl::finish(const ServerConfig& config) noexcept {
  const int result = set_up(config);
  configured_ = result == 0;
  if (configured_) return {};
  forget();  // half a configuration asks no client for a certificate
  return failure_error(result, Role::server);
}

Result<void> Server::Impl::start(TlsStream& stream, Stream& below, StreamEvents& events) noexcept {
  if (!configured_ || identity_.empty()) return Error(ErrorKind::config, "TLS: the server is not configured");
  VerifyRules rules;
  rules.dates = DateJudge(dates_, port_.wall_time());
  rules.trusted = client_ca_.get();
  if (!client_ca_.empty() && !rules.dates.can_judge()) {
    return Error(ErrorKind::tls, Layer::tls, 0,
                 "this server does not know the time: set its clock, or give DatePolicy a floor");
  }
  const bool was_idle = stream.idle();
  auto started = stream.start({.below = below, .events = events, .config = config_, .rules = rules});
  if (!started && was_idle) on_handshake_failed();
  return started;
}

void Server::Impl::on_handshake_done(const mbedtls_ssl_context&, bool resumed) noexcept {
  ++(resumed ? counts_.resumed : counts_.full);
}

void Server::Impl::on_handshake_failed() noexcept {
  ++counts_.failed;
}

Server::Server(Port& port) noexcept {
  static_assert(sizeof(Impl) <= server_bytes, "Server::server_bytes is too small for this mbedTLS");
  new (storage_.data()) Impl(port);
}

Server::~Server() {
  impl().~Impl();
}

Server::Impl& Server::impl() noexcept {
  return *std::launder(reinterpret_cast<Impl*>(storage_.data()));
}
const Server::Impl& Server::impl() const noexcept {
  return *std::launder(reinterpret_cast<const Impl*>(storage_.data()));
}

Result<void> Server::configure(const ServerConfig& config) noexcept {
  Impl& server = impl();
  if (const auto free = server.check_not_configured(); !free) return free;
  if (const auto parsed = server.identity().parse(config.certificate, config.key, server.port()); !parsed) {
    return parsed;
  }
  if (!config.client_ca.empty()) {
    if (const auto parsed = server.client_ca().parse(config.client_ca, Strictness::every_one); !parsed)
      return parsed;
  }
  return server.finish(config);
}

const HandshakeCounts& Server::handshakes() const noexcept {
  return impl().counts();
}

Result<Stream*> ServerStream::Impl::start(Stream& below, StreamEvents& events) noexcept {
  if (const auto started = server_.start(stream_, below, events); !started) return started.error();
  return &stream_;
}

ServerStream::ServerStream(Server& server, std::span<std::byte> input_buffer) noexcept {
  static_assert(sizeof(Impl) <= stream_bytes, "ServerStream::stream_bytes is too small for this mbedTLS");
  new (storage_.data()) Impl(server, input_buffer);
}

ServerStream::~ServerStream() {
  impl().~Impl();
}

ServerStream::Impl& ServerStream::impl() noexcept {
  return *std::launder(reinterpret_cast<Impl*>(storage_.data()));
}

Result<Stream*> ServerStream::start(Stream& below, StreamEvents& events) noexcept {
  return impl().start(below, events);
}

}  // namespace kedge::tls
