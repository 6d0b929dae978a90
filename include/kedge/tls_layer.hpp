#pragma once
// What the link needs from TLS: a stream on a stream. `kedge::tls::Client` (mbedTLS) implements it; so may a
// user.

#include <kedge/port.hpp>

#include <cstdint>
#include <string_view>

namespace kedge {

/// `Error::layer_code()` of a failure to verify the peer's certificate, whatever was wrong with it beside its
/// dates: mbedTLS's MBEDTLS_ERR_X509_CERT_VERIFY_FAILED. Any other failure of layer `tls` may pass by itself.
inline constexpr std::int32_t tls_verification_failed = -0x2700;
/// `Error::layer_code()` when nothing is wrong with the certificate but that it is not yet or no longer
/// valid. It may pass by itself: a device that starts without a battery learns the time seconds later. A
/// number of ours, next to mbedTLS's, which has none for this.
inline constexpr std::int32_t tls_certificate_dates = -0x2701;

/// True when another attempt cannot help until a certificate or the trust is put right.
[[nodiscard]] inline bool tls_failure_is_verification(const Error& error) noexcept {
  return error.kind() == ErrorKind::tls && error.layer() == Layer::tls &&
         error.layer_code() == tls_verification_failed;
}

/// TLS for one connection at a time. Borrowed by the link, which must not outlive it.
class TlsLayer {
 public:
  /// Starts a handshake over `below`, an open stream of which nothing of the handshake was read (so that its
  /// next `on_readable` is still to come) and whose events it takes over; `events.on_open` comes when
  /// the peer is verified, `events.on_error` when it is not. `host` is the name to verify and to send as SNI
  /// (RFC 6066 section 3), or an address literal; it is copied. Clock and randomness come from `port`. The
  /// stream returned belongs to the layer; closing it closes `below`, and its `on_closed` comes after that of
  /// `below`. On an error `below` keeps its old events and stays open.
  virtual Result<Stream*> start(Stream& below, StreamEvents& events, std::string_view host,
                                std::uint16_t tcp_port, Port& port) noexcept = 0;
  /// The user of the open stream is gone: the layer closes `below`, receives no more of its events, and is
  /// free for another connection at once. No event follows. Without a connection: does nothing. A layer that
  /// keeps nothing of a connection has nothing to do.
  virtual void drop() noexcept {}

 protected:
  ~TlsLayer() = default;
};

}  // namespace kedge
