#pragma once
// What the link needs from TLS: a stream on a stream. `kedge::tls::Client` (mbedTLS) implements it; so may a
// user.

#include <kedge/port.hpp>

namespace kedge {

/// TLS for one connection at a time. Borrowed by the link, which must not outlive it.
class TlsLayer {
 public:
  /// Starts a handshake over `below`, an open stream whose events it takes over; `events.on_open` comes when
  /// the peer is verified, `events.on_error` when it is not. `host` is the name to verify and to send as SNI
  /// (RFC 6066 section 3), or an address literal; it is copied. Clock and randomness come from `port`. The
  /// stream returned belongs to the layer; closing it closes `below`, and its `on_closed` comes after that of
  /// `below`. On an error `below` keeps its old events and stays open.
  virtual Result<Stream*> start(Stream& below, StreamEvents& events, std::string_view host,
                                std::uint16_t tcp_port, Port& port) noexcept = 0;

 protected:
  ~TlsLayer() = default;
};

}  // namespace kedge
