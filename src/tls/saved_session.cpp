#include "saved_session.hpp"

#include <kedge/secret.hpp>

#include <algorithm>

namespace kedge::tls {

void SavedSession::save(const mbedtls_ssl_context& ssl, std::string_view host, std::uint16_t tcp_port,
                        WallTime valid_until) noexcept {
  wipe();
  if (host.size() > host_.size()) return;
  mbedtls_ssl_session session;
  mbedtls_ssl_session_init(&session);
  // mbedTLS has the two steps only: a copy of the session, which it then serialises.
  std::size_t size = 0;
  const bool saved = mbedtls_ssl_get_session(&ssl, &session) == 0 &&
                     mbedtls_ssl_session_save(&session, bytes_.data(), bytes_.size(), &size) == 0;
  mbedtls_ssl_session_free(&session);
  if (!saved) return wipe();  // what does not fit is written as far as it goes, the master secret first
  size_ = size;
  std::copy(host.begin(), host.end(), host_.begin());
  host_size_ = host.size();
  tcp_port_ = tcp_port;
  valid_until_ = valid_until;
}

void SavedSession::offer(mbedtls_ssl_context& ssl) const noexcept {
  mbedtls_ssl_session session;
  mbedtls_ssl_session_init(&session);
  // When it cannot be read or there is no memory, the handshake is a full one: nothing is lost.
  if (mbedtls_ssl_session_load(&session, bytes_.data(), size_) == 0) {
    (void)mbedtls_ssl_set_session(&ssl, &session);
  }
  mbedtls_ssl_session_free(&session);
}

bool SavedSession::is_for(std::string_view host, std::uint16_t tcp_port) const noexcept {
  return size_ != 0 && tcp_port_ == tcp_port && std::string_view(host_.data(), host_size_) == host;
}

void SavedSession::wipe() noexcept {
  kedge::wipe(std::as_writable_bytes(std::span(bytes_)));
  size_ = 0;
  host_size_ = 0;
}

}  // namespace kedge::tls
