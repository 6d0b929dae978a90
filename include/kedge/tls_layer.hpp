#pragma once
// What the client needs from TLS: a stream on top of a stream. `kedge::tls::Client` (mbedTLS) implements it;
// you may write your own.

#include <kedge/port.hpp>

#include <cstdint>
#include <string_view>

namespace kedge {

/// `Error::layer_code()` if the peer's certificate does not verify for any reason other than its dates:
/// mbedTLS's MBEDTLS_ERR_X509_CERT_VERIFY_FAILED. Any other failure of layer `tls` may be temporary.
inline constexpr std::int32_t tls_verification_failed = -0x2700;
/// `Error::layer_code()` if the only fault of the certificate is that it is not yet or no longer valid. It
/// may be temporary: a device that starts without a battery learns the time seconds later. kedge defines this
/// number, next to mbedTLS's, which has none for this.
inline constexpr std::int32_t tls_certificate_dates = -0x2701;

/// True if another attempt cannot succeed until a certificate or the trust is fixed.
[[nodiscard]] inline bool tls_failure_is_verification(const Error& error) noexcept {
  return error.kind() == ErrorKind::tls && error.layer() == Layer::tls &&
         error.layer_code() == tls_verification_failed;
}

/// TLS for one connection at a time. Borrowed by the client; it must outlive the client.
class TlsLayer {
 public:
  /// Starts a handshake over `below`, an open stream from which nothing of the handshake was read (so its
  /// next `on_readable` is still to come) and whose events it takes over. `events.on_open` follows once the
  /// peer is verified, otherwise `events.on_error`. `host` is the name to verify and to send as SNI (RFC 6066
  /// section 3), or an address literal; it is copied. Clock and randomness come from `port`. The layer owns
  /// the returned stream; closing it closes `below`, and its `on_closed` comes after that of `below`. With an
  /// error `below` keeps its old events and stays open.
  /// Errors:
  /// - config: the layer is not set up, `host` cannot be used, or the last stream is still open
  /// - tls: the handshake cannot be started
  virtual Result<Stream*> start(Stream& below, StreamEvents& events, std::string_view host,
                                std::uint16_t tcp_port, Port& port) noexcept = 0;
  /// The user of the open stream is gone: the layer closes `below`, receives no more of its events, and is
  /// free for another connection at once. No event follows. Without a connection it does nothing. A layer
  /// that keeps no state per connection need not override it.
  virtual void drop() noexcept {}

 protected:
  ~TlsLayer() = default;
};

}  // namespace kedge
