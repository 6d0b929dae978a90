#pragma once
// TLS 1.2 and later, by mbedTLS: a stream on a stream, as a client and as a server.
//
// Nothing here opens a socket, reads a clock of its own or asks the operating system for anything, save the
// members named `..._file` and `..._bundle`, which live in a source file of their own. mbedTLS allocates: see
// "Memory" at `Client`.
//
// mbedTLS 2.28 speaks TLS 1.2; 3.6 speaks 1.3 too (RFC 8446), where the other end does, and brings PSA's own
// generator, which takes the keys of 1.3 from the operating system's randomness and not from the port's, and
// PSA's own clock for the age of tickets.

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

/// Where Debian and its kin keep the CAs they trust.
inline constexpr const char* system_bundle_path = "/etc/ssl/certs/ca-certificates.crt";

/// The longest record on the wire: 16 KiB of payload, header and cipher's overhead (RFC 5246 section 6.2.3).
inline constexpr std::size_t record_bytes_max = 5 + 16384 + 2048;
/// The longest handshake message that is read, such as the server's certificates with all that it sends
/// along: what mbedTLS has room for, as Debian builds it (MBEDTLS_SSL_IN_CONTENT_LEN). With mbedTLS
/// before 3.6.3 each must come in one record. Another one ends the handshake, and the error says so.
inline constexpr std::size_t handshake_message_bytes_max = 16384;
/// The longest saved session; one that is larger (TLS 1.2 with a very large server certificate) is not saved.
inline constexpr std::size_t session_bytes_max = 4096;
/// The longest host name (RFC 1035 section 2.3.4).
inline constexpr std::size_t host_bytes_max = 253;

/// How the dates in certificates are judged. The time is that of `Port::wall_time()`, never libc's.
struct DatePolicy {
  /// The earliest time it can be, such as the firmware's build time. A device that does not know the time, or
  /// whose clock shows one before the floor, accepts a certificate that ends after the floor and does not
  /// look at when it begins. Without a floor such a device cannot verify, and `start()` says so.
  std::optional<WallTime> floor = {};

  /// The clock alone: the default.
  [[nodiscard]] static DatePolicy port_clock() noexcept { return {}; }
  /// The clock, or the build time of a device without one.
  [[nodiscard]] static DatePolicy build_time(WallTime time) noexcept { return {time}; }
  friend bool operator==(const DatePolicy&, const DatePolicy&) noexcept = default;
};

/// A certificate known by its hash.
struct Pin {
  enum class Of : std::uint8_t {
    certificate,  ///< SHA-256 of the whole certificate (DER): ends when the certificate is renewed
    public_key,   ///< SHA-256 of its SubjectPublicKeyInfo (DER), as in RFC 7469 section 2.4: outlives renewal
  };
  Of of = Of::certificate;
  std::array<std::byte, 32> sha256{};
};

/// What a client or a server has counted since construction.
struct HandshakeCounts {
  std::uint64_t full = 0;  ///< completed, certificates exchanged and verified
  /// Completed from a saved session (RFC 5246 section 7.3, RFC 5077, RFC 8446 section 2.2).
  std::uint64_t resumed = 0;
  std::uint64_t failed = 0;
};

/// The client's side: one connection at a time over a stream it is given, with a saved session from one to
/// the next.
///
/// Trust, client certificate and policies may be set again at any time. Setting one wipes the saved session
/// at once and takes effect at the next `start()`; a connection that is open keeps what it began with. After
/// a setter that fails, what the last `start()` used stays in force; the session is gone all the same.
///
/// Sessions. After a verified handshake the session (ticket or session id) is kept, serialised, in this
/// object, for one host and port. A resumed handshake exchanges no certificate, so the session is wiped when
/// host, port, trust, pin, client certificate, date policy or `insecure_skip_verify` changes, when a
/// certificate of the chain that was verified expires, and when a handshake fails. With TLS 1.3 a session is
/// a ticket, which comes after the handshake, is found by `read`, and is offered once (appendix C.4): no
/// session is kept until it has come, and the resumed handshake makes keys of its own all the same.
///
/// With TLS 1.3 the client is done before the server has verified the client's certificate: a refusal is
/// found by `read`, after `on_open`, and counts as a handshake that was completed.
///
/// The stream. It keeps the contract of `Stream`, and adds:
/// - after a `write` that took less than it was given, or nothing, the next `write` must begin with the very
///   bytes that were not taken, and be no shorter than the rest of them or 16 KiB: a record that is encrypted
///   already waits inside, and counts as written only when the stream below has taken all of it;
/// - `read` gives `end` after the peer's close_notify. When the peer ends the stream below without it, bytes
///   may have been cut off by anyone: that is `error`, kind `connection`;
/// - when `read` gives bytes and finds the end or a failure right behind them, the `on_readable` that tells
///   of it comes after the event the read was made in, or else with the next event of the stream below;
/// - `shutdown_write` sends close_notify, then shuts down the stream below (best effort);
/// - renegotiation is refused (TLS 1.2); a KeyUpdate (TLS 1.3), which mbedTLS 3.6 does not know, is an error.
///
/// Memory: see `client_bytes` and the input buffer for what is fixed. mbedTLS itself allocates for each
/// connection, from `start()` to `on_closed`: 36.0 KiB as the handshake begins (33.2 KiB of it two record
/// buffers), 38.5 KiB between two turns of it, 36.7 KiB while open; within a call, the handshake's arithmetic
/// takes a few KiB more for a moment. Debian's whole bundle of CAs takes 460 KiB. (2.28.3, 64-bit, P-256;
/// with 3.6.6 and TLS 1.3 36.2 KiB as it begins and 37.3 KiB while open; tests/unit/tls/memory_test.cpp
/// measures and bounds these.)
class Client final : public TlsLayer {
 public:
  /// `input_buffer` is what is read from the stream below at once. Borrowed. `record_bytes_max` lets each
  /// record take one read; any size works.
  explicit Client(std::span<std::byte> input_buffer) noexcept;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  /// Only when no connection is open. Keys and session are wiped.
  ~Client();

  /// Trusts these CAs and no others: PEM (one or many) or DER (one). Not kept. One of many that mbedTLS
  /// cannot read does not count, and the others do: `trust_warning()` names it, and so does a warning in the
  /// log. Errors: config, also when none can be read.
  Result<void> trust(std::span<const std::byte> certificates) noexcept;
  /// The same with a file.
  Result<void> trust_file(const char* path) noexcept;
  /// The same with what the system trusts.
  Result<void> trust_system_bundle(const char* path = system_bundle_path) noexcept;
  /// Which certificates of the trust that was set last could not be read: how many, and number and line of
  /// the first. Empty when all could.
  [[nodiscard]] Error trust_warning() noexcept;
  /// Trusts one certificate and no CA: either the server's own, or one that the server sends in its chain and
  /// that issued, directly or through others in the chain, the server's. Dates and host name are verified as
  /// ever.
  void trust_pin(const Pin& pin) noexcept;

  /// Shows this certificate (PEM or DER; the chain's CAs may follow in PEM) to servers that ask for one.
  /// `key` is its private key, PEM or DER, unencrypted; the caller wipes its own copy, ours is wiped when it
  /// is replaced and at destruction. `port` gives randomness while the key is checked. Errors: config
  /// (unreadable, or the key is another certificate's), tls (no randomness).
  Result<void> set_client_certificate(std::span<const std::byte> certificate, std::span<const std::byte> key,
                                      Port& port) noexcept;
  /// The same from files. Errors: config, tls.
  Result<void> set_client_certificate_files(const char* certificate_path, const char* key_path,
                                            Port& port) noexcept;
  void clear_client_certificate() noexcept;
  /// When the client certificate that was set last expires, its CAs' dates aside; none without one.
  [[nodiscard]] std::optional<WallTime> client_certificate_expires() noexcept;
  /// When the server's own certificate expires, as it showed it in the last handshake that was completed, its
  /// CAs' dates aside. A resumed handshake shows none: the one of the handshake that it resumes counts. None
  /// before the first. What `insecure_skip_verify` let pass is told, too.
  [[nodiscard]] std::optional<WallTime> peer_certificate_expires() const noexcept;

  void set_date_policy(const DatePolicy& policy) noexcept;
  /// Accepts any certificate, for any name and date: whoever is on the line can read and change everything.
  /// For experiments only; each `start()` logs a warning.
  void insecure_skip_verify(bool skip) noexcept;
  void set_log(LogHook log) noexcept;

  /// See TlsLayer. What is wrong at once is returned: config (no trust, a host that is neither a name nor an
  /// address, the last stream is still open), tls (no clock and no floor, out of memory, no randomness).
  /// Afterwards `on_error` tells: kind tls, with `tls_verification_failed` as code when the certificate was
  /// refused, or the error of the stream below.
  Result<Stream*> start(Stream& below, StreamEvents& events, std::string_view host, std::uint16_t tcp_port,
                        Port& port) noexcept override;
  void drop() noexcept override;

  [[nodiscard]] const HandshakeCounts& handshakes() const noexcept;
  /// Bytes of the session kept for the next `start()`, 0 when there is none.
  [[nodiscard]] std::size_t saved_session_bytes() const noexcept;
  /// Forgets the session.
  void wipe_session() noexcept;

  /// What a client takes in place, mbedTLS's structures included, whose size depends on its version and
  /// configuration: as Debian's 3.6 takes it. 2.28 takes 9,088 bytes on 64 bits. 4,376 of it are the session
  /// that is kept.
  static constexpr std::size_t client_bytes = sizeof(void*) == 8 ? 9728 : 7808;

 private:
  class Impl;
  [[nodiscard]] Impl& impl() noexcept;
  [[nodiscard]] const Impl& impl() const noexcept;
  alignas(std::max_align_t) std::array<std::byte, client_bytes> storage_;
};

/// A client with the buffer it needs.
template <std::size_t buffer_bytes = record_bytes_max>
struct ClientStorage {
  std::array<std::byte, buffer_bytes> input_buffer;
  Client client{input_buffer};
};

/// What a server shows and asks for. Borrowed during `configure` only.
struct ServerConfig {
  std::span<const std::byte> certificate = {};  ///< PEM (the chain, its own first) or DER
  std::span<const std::byte> key = {};          ///< PEM or DER, unencrypted
  /// When not empty, clients must show a certificate that one of these CAs issued.
  std::span<const std::byte> client_ca = {};
  DatePolicy dates = {};  ///< for clients' certificates
  /// Session tickets (RFC 5077, RFC 8446 section 4.6.1); their keys are mbedTLS's, new after each lifetime.
  bool tickets = true;
  std::chrono::seconds ticket_lifetime = std::chrono::hours{24};
  /// Sessions kept by id for clients of TLS 1.2 without tickets, some 300 bytes each of mbedTLS's memory; 0
  /// for none.
  std::uint16_t cached_sessions_max = 0;
  bool tls_1_3 = true;  ///< false: TLS 1.2 alone, as with mbedTLS 2.28
};

/// What many server connections share.
class Server {
 public:
  /// `port` gives randomness and the time; it must outlive the server.
  explicit Server(Port& port) noexcept;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// Only after all its streams are closed.
  ~Server();

  /// Once, before the first stream; after an error nobody is served, and it may be tried again. Errors:
  /// config, tls (out of memory, no randomness).
  Result<void> configure(const ServerConfig& config) noexcept;
  /// The same with files: what `config` holds for certificate, key and client CA is not looked at, and
  /// `client_ca_path` may be null. Errors: config, tls.
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

/// One connection of a server; may be started again after `on_closed`. Memory and stream as with `Client`.
class ServerStream {
 public:
  /// `input_buffer` as with `Client`; both are borrowed.
  ServerStream(Server& server, std::span<std::byte> input_buffer) noexcept;
  ServerStream(const ServerStream&) = delete;
  ServerStream& operator=(const ServerStream&) = delete;
  /// Only when not open.
  ~ServerStream();

  /// Waits for a client's handshake over `below`, an open stream whose events it takes over. Events and
  /// errors as with `TlsLayer::start`.
  Result<Stream*> start(Stream& below, StreamEvents& events) noexcept;

  static constexpr std::size_t stream_bytes = 2 * 1024;

 private:
  class Impl;
  [[nodiscard]] Impl& impl() noexcept;
  alignas(std::max_align_t) std::array<std::byte, stream_bytes> storage_;
};

}  // namespace kedge::tls
