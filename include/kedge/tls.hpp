#pragma once
// TLS 1.2 and later, by mbedTLS: a stream on top of a stream, for clients and servers.
//
// Nothing here opens a socket, reads its own clock or calls the operating system, except the members named
// `..._file` and `..._bundle`, which are in a separate source file. mbedTLS allocates: see "Memory" at
// `Client`.
//
// mbedTLS 2.28 supports TLS 1.2. mbedTLS 3.6 also supports TLS 1.3 (RFC 8446) if the peer does. It uses PSA's
// generator, which takes the keys of TLS 1.3 from the operating system's randomness instead of the port's,
// and PSA's clock for the age of tickets.

#include <kedge/log.hpp>
#include <kedge/port.hpp>
#include <kedge/result.hpp>
#include <kedge/time.hpp>
#include <kedge/tls_layer.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace kedge::tls {

/// Where Debian and related systems keep the CAs that they trust.
inline constexpr const char* system_bundle_path = "/etc/ssl/certs/ca-certificates.crt";

/// The longest record on the wire, in bytes: 16 KiB of payload, the header and the cipher's overhead (RFC
/// 5246 section 6.2.3).
inline constexpr std::size_t record_bytes_max = 5 + 16384 + 2048;
/// The longest handshake message that can be read, in bytes, such as the server's certificate chain: the size
/// of mbedTLS's buffer in Debian's build (MBEDTLS_SSL_IN_CONTENT_LEN). Before mbedTLS 3.6.3 each message must
/// also arrive in one record. Otherwise the handshake fails, and the error says so.
inline constexpr std::size_t handshake_message_bytes_max = 16384;
/// The longest saved session, in bytes; a larger one (TLS 1.2 with a very large server certificate) is not
/// saved.
inline constexpr std::size_t session_bytes_max = 4096;
/// The longest host name, in bytes (RFC 1035 section 2.3.4).
inline constexpr std::size_t host_bytes_max = 253;

/// How to check the dates of certificates. The time comes from `Port::wall_time()`, never from libc.
struct DatePolicy {
  /// The earliest possible current time, such as the firmware's build time. A device that does not know the
  /// time, or whose clock is before the floor, accepts a certificate that expires after the floor, whenever
  /// it begins. Without a floor such a device cannot verify, and `start()` returns an error.
  std::optional<WallTime> floor = {};

  /// The port's clock only: the default.
  [[nodiscard]] static DatePolicy port_clock() noexcept { return {}; }
  /// The port's clock, or the build time on a device without a clock.
  [[nodiscard]] static DatePolicy build_time(WallTime time) noexcept { return {time}; }
  friend bool operator==(const DatePolicy&, const DatePolicy&) noexcept = default;
};

/// A certificate identified by its hash.
struct Pin {
  enum class Of : std::uint8_t {
    certificate,  ///< SHA-256 of the whole certificate (DER): changes when the certificate is renewed
    public_key,   ///< SHA-256 of its SubjectPublicKeyInfo (DER), as in RFC 7469 section 2.4: survives renewal
                  ///< with the same key
  };
  Of of = Of::certificate;
  std::array<std::byte, 32> sha256{};
};

/// Handshakes of a client or a server since construction.
struct HandshakeCounts {
  std::uint64_t full = 0;  ///< completed, certificates exchanged and verified
  /// Resumed from a saved session (RFC 5246 section 7.3, RFC 5077, RFC 8446 section 2.2).
  std::uint64_t resumed = 0;
  std::uint64_t failed = 0;
};

/// The client side: one connection at a time over a given stream, with a session saved from one to the next.
///
/// You may set trust, client certificate and policies again at any time. Setting one wipes the saved session
/// at once and takes effect at the next `start()`; an open connection keeps its settings. After a setter
/// fails, the settings of the last `start()` stay in force, but the session is wiped.
///
/// Sessions. After a verified handshake this object keeps the session (ticket or session id), serialised, for
/// one host and port. A resumed handshake exchanges no certificate, so the session is wiped when host, port,
/// trust, pin, client certificate, date policy or `insecure_skip_verify` changes, when a certificate of the
/// verified chain expires, and when a handshake fails. With TLS 1.3 a session is a ticket that arrives after
/// the handshake, is found by `read`, and is offered only once (RFC 8446 appendix C.4): there is no session
/// until it has arrived. A resumed handshake still generates new keys.
///
/// With TLS 1.3 the client's handshake completes before the server has verified the client's certificate:
/// `read` finds a refusal after `on_open`, and the handshake counts as completed.
///
/// The stream keeps the contract of `Stream`, and adds:
/// - After a `write` that took fewer bytes than given, or none, the next `write` must begin with exactly the
///   bytes that were not taken, and be at least as long as the rest of them or 16 KiB: an encrypted record
///   already waits inside, and counts as written only when the stream below has taken all of it.
/// - `read` returns `end` after the peer's close_notify. If the peer ends the stream below without it, anyone
///   may have cut off bytes: that is `error`, kind `connection`.
/// - If `read` returns bytes and finds the end or a failure right behind them, `on_readable` for it comes
///   after the event in which the read was made, or with the next event of the stream below.
/// - `shutdown_write` sends close_notify, then shuts down the stream below (best effort).
/// - Renegotiation is refused (TLS 1.2); a KeyUpdate (TLS 1.3), which mbedTLS 3.6 does not support, is an
///   error.
///
/// Memory: `client_bytes` and the input buffer are fixed. mbedTLS also allocates for each connection, from
/// `start()` to `on_closed`: 36.0 KiB when the handshake starts (33.2 KiB of it two record buffers), 38.5 KiB
/// between two turns of it, 36.7 KiB while open; during a call, the handshake's arithmetic briefly takes a
/// few KiB more. Debian's whole CA bundle takes 460 KiB. (2.28.3, 64-bit, P-256; with 3.6.6 and TLS 1.3 36.2
/// KiB at the start and 37.3 KiB while open; tests/unit/tls/memory_test.cpp measures and bounds these.)
class Client final : public TlsLayer {
 public:
  /// `input_buffer` bounds how many bytes are read from the stream below at once. It is borrowed and must
  /// outlive the client. With `record_bytes_max` bytes each record takes one read; any size works.
  explicit Client(std::span<std::byte> input_buffer) noexcept;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  /// Destroy it only while no connection is open. Wipes keys and session.
  ~Client();

  /// Trusts these CAs and no others: PEM (one or many) or DER (one). `certificates` is not kept. If mbedTLS
  /// cannot read some of many, the others count: `trust_warning()` and a warning in the log report them.
  /// Errors:
  /// - config: no certificate can be read, or there is no memory for them
  Result<void> trust(std::span<const std::byte> certificates) noexcept;
  /// The same from a file.
  /// Errors:
  /// - config: as `trust`, or the file cannot be read; the message names it
  Result<void> trust_file(const char* path) noexcept;
  /// The same from the file of the system's CAs.
  /// Errors:
  /// - config: as `trust_file`
  Result<void> trust_system_bundle(const char* path = system_bundle_path) noexcept;
  /// Which certificates of the latest trust could not be read: their number, and the number and line of the
  /// first. Empty if all could.
  [[nodiscard]] Error trust_warning() noexcept;
  /// Trusts one certificate and no CA: either the server's own, or one in the chain that the server sends
  /// that issued the server's certificate, directly or through others in the chain. Dates and host name are
  /// still verified.
  void trust_pin(const Pin& pin) noexcept;

  /// Sends this certificate (PEM or DER; in PEM the chain's CAs may follow) to servers that ask for one.
  /// `key` is its private key, PEM or DER, unencrypted. Wipe your own copy; the client wipes its copy when it
  /// is replaced and at destruction. `port` provides randomness for checking the key, during the call only.
  /// Errors:
  /// - config: certificate or key cannot be read, the key is encrypted or belongs to another certificate, or
  ///   there is no memory
  /// - tls: the port has no randomness
  Result<void> set_client_certificate(std::span<const std::byte> certificate, std::span<const std::byte> key,
                                      Port& port) noexcept;
  /// The same from files.
  /// Errors:
  /// - config: as above, or a file cannot be read; the message names it
  /// - tls: the port has no randomness
  Result<void> set_client_certificate_files(const char* certificate_path, const char* key_path,
                                            Port& port) noexcept;
  void clear_client_certificate() noexcept;
  /// When the latest client certificate expires, regardless of its CAs' dates; nullopt without one.
  [[nodiscard]] std::optional<WallTime> client_certificate_expires() noexcept;
  /// When the server's own certificate expires, as shown in the last completed handshake, regardless of its
  /// CAs' dates. A resumed handshake shows none: the certificate of the original handshake counts. nullopt
  /// before the first one. Includes certificates that `insecure_skip_verify` let pass.
  [[nodiscard]] std::optional<WallTime> peer_certificate_expires() const noexcept;

  void set_date_policy(const DatePolicy& policy) noexcept;
  /// Accepts any certificate, for any name and date: an attacker on the network can read and change
  /// everything. For experiments only; each `start()` logs a warning.
  void insecure_skip_verify(bool skip) noexcept;
  void set_log(LogHook log) noexcept;

  /// See TlsLayer. Later failures go to `on_error`: kind tls, with `tls_verification_failed` or
  /// `tls_certificate_dates` as layer code if the certificate was refused, or the error of the stream below.
  /// Errors, returned at once:
  /// - config: no trust is set, the host is neither a name nor an address, or the last stream is still open
  /// - tls: no clock and no floor, no memory, or no randomness
  Result<Stream*> start(Stream& below, StreamEvents& events, std::string_view host, std::uint16_t tcp_port,
                        Port& port) noexcept override;
  void drop() noexcept override;

  [[nodiscard]] const HandshakeCounts& handshakes() const noexcept;
  /// Bytes of the session saved for the next `start()`; 0 if there is none.
  [[nodiscard]] std::size_t saved_session_bytes() const noexcept;
  /// Forgets the session.
  void wipe_session() noexcept;

  /// Bytes of a client, including mbedTLS's structures, whose size depends on its version and configuration:
  /// as for Debian's 3.6. With 2.28 it takes 9,088 bytes on 64 bits. The saved session accounts for 4,376 of
  /// them.
  static constexpr std::size_t client_bytes = sizeof(void*) == 8 ? 9728 : 7808;

 private:
  class Impl;
  [[nodiscard]] Impl& impl() noexcept;
  [[nodiscard]] const Impl& impl() const noexcept;
  alignas(std::max_align_t) std::array<std::byte, client_bytes> storage_;
};

/// A client with its input buffer.
template <std::size_t buffer_bytes = record_bytes_max>
struct ClientStorage {
  std::array<std::byte, buffer_bytes> input_buffer;
  Client client{input_buffer};
};

/// The certificate that a server sends and what it requires of clients. Borrowed only during `configure`.
struct ServerConfig {
  std::span<const std::byte> certificate = {};  ///< PEM (the chain, its own first) or DER
  std::span<const std::byte> key = {};          ///< PEM or DER, unencrypted
  /// If not empty, clients must send a certificate that one of these CAs issued.
  std::span<const std::byte> client_ca = {};
  DatePolicy dates = {};  ///< for clients' certificates
  /// Session tickets (RFC 5077, RFC 8446 section 4.6.1). mbedTLS makes their keys, and new ones after each
  /// lifetime.
  bool tickets = true;
  std::chrono::seconds ticket_lifetime = std::chrono::hours{24};
  /// Sessions kept by id for TLS 1.2 clients without tickets, some 300 bytes each of mbedTLS's memory; 0:
  /// none.
  std::uint16_t cached_sessions_max = 0;
  bool tls_1_3 = true;  ///< false: TLS 1.2 only, as with mbedTLS 2.28
};

/// The state that many server connections share.
class Server {
 public:
  /// `port` provides randomness and the time; it is borrowed and must outlive the server.
  explicit Server(Port& port) noexcept;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// Destroy it only after all its streams are closed.
  ~Server();

  /// Call it once, before the first stream. After an error the server accepts no client, and you may try
  /// again.
  /// Errors:
  /// - config: certificate, key or client CA cannot be read or do not match, there is no memory for them, or
  ///   the server is configured already
  /// - tls: there is no memory for the server, or no randomness
  Result<void> configure(const ServerConfig& config) noexcept;
  /// The same with files. Ignores certificate, key and client CA of `config`; `client_ca_path` may be null.
  /// Errors:
  /// - config: as above, or a file cannot be read; the message names it
  /// - tls: as above
  Result<void> configure_files(const char* certificate_path, const char* key_path, const char* client_ca_path,
                               const ServerConfig& config = {}) noexcept;
  [[nodiscard]] const HandshakeCounts& handshakes() const noexcept;

  static constexpr std::size_t server_bytes = 4 * 1024;

 private:
  friend class ServerStream;
  class Impl;
  [[nodiscard]] Impl& impl() noexcept;
  [[nodiscard]] const Impl& impl() const noexcept;
  alignas(std::max_align_t) std::array<std::byte, server_bytes> storage_;
};

/// One connection of a server. You may start it again after `on_closed`. Memory and stream as with `Client`.
class ServerStream {
 public:
  /// `input_buffer` as with `Client`. Both are borrowed and must outlive the stream.
  ServerStream(Server& server, std::span<std::byte> input_buffer) noexcept;
  ServerStream(const ServerStream&) = delete;
  ServerStream& operator=(const ServerStream&) = delete;
  /// Destroy it only while it is not open.
  ~ServerStream();

  /// Waits for a client's handshake over `below`, an open stream whose events it takes over. Events as with
  /// `TlsLayer::start`.
  /// Errors:
  /// - config: the server is not configured, or the last stream is still open
  /// - tls: client certificates are required but there is no clock and no floor; no memory
  Result<Stream*> start(Stream& below, StreamEvents& events) noexcept;

  static constexpr std::size_t stream_bytes = 2 * 1024;

 private:
  class Impl;
  [[nodiscard]] Impl& impl() noexcept;
  alignas(std::max_align_t) std::array<std::byte, stream_bytes> storage_;
};

}  // namespace kedge::tls
