#pragma once
// Everything that differs between mbedTLS 2.28 and 3.6. No other file asks for the version.

#include <mbedtls/asn1.h>
#include <mbedtls/cipher.h>
#include <mbedtls/ecp.h>
#include <mbedtls/md.h>
#include <mbedtls/pem.h>
#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_cache.h>
#include <mbedtls/ssl_ticket.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>

#if MBEDTLS_VERSION_NUMBER >= 0x03000000
#include <psa/crypto.h>
#endif

#include <cstddef>
#include <cstdint>

namespace kedge::tls::compat {

/// A source of randomness in mbedTLS's shape.
using Random = int (*)(void* context, unsigned char* out, std::size_t size);

#if MBEDTLS_VERSION_NUMBER >= 0x03000000

/// A member that 3.6 does not promise to keep, by its name in 2.28.
#define KEDGE_MBEDTLS_MEMBER(name) MBEDTLS_PRIVATE(name)

inline constexpr int bad_certificate = MBEDTLS_ERR_SSL_BAD_CERTIFICATE;
inline constexpr int bad_protocol_version = MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION;

/// The negotiation failed: 3.6 tells no more, and not even that memory ran out while TLS 1.3 made its keys.
inline bool nothing_in_common(int code) noexcept {
  return code == MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE;
}
inline constexpr bool nothing_in_common_is_certain = false;

/// TLS 1.3 and the key parser use PSA, which wants to be started; doing so again does nothing.
inline bool start_library() noexcept {
  return psa_crypto_init() == PSA_SUCCESS;
}

inline int parse_key(mbedtls_pk_context& key, const unsigned char* bytes, std::size_t size, Random random,
                     void* context) noexcept {
  return mbedtls_pk_parse_key(&key, bytes, size, nullptr, 0, random, context);
}
inline int check_pair(const mbedtls_pk_context& public_key, const mbedtls_pk_context& key, Random random,
                      void* context) noexcept {
  return mbedtls_pk_check_pair(&public_key, &key, random, context);
}
#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
inline constexpr bool has_tls_1_3 = true;
#else
inline constexpr bool has_tls_1_3 = false;
#endif
/// TLS 1.2 at least; 1.3 too where it is wanted and there.
inline void set_versions(mbedtls_ssl_config& config, bool tls_1_3) noexcept {
  const bool both = tls_1_3 && has_tls_1_3;
  mbedtls_ssl_conf_min_tls_version(&config, MBEDTLS_SSL_VERSION_TLS1_2);
  mbedtls_ssl_conf_max_tls_version(&config, both ? MBEDTLS_SSL_VERSION_TLS1_3 : MBEDTLS_SSL_VERSION_TLS1_2);
#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
  // A resumed connection has keys of its own too: who learns the ticket's later cannot read it.
  mbedtls_ssl_conf_tls13_key_exchange_modes(&config, MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ALL);
#endif
}
/// TLS 1.3 sends tickets after the handshake, and reading stops for them where that is asked for.
inline void stop_at_new_tickets([[maybe_unused]] mbedtls_ssl_config& config) noexcept {
#if defined(MBEDTLS_SSL_PROTO_TLS1_3) && MBEDTLS_VERSION_NUMBER >= 0x03060100
  mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(
      &config, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
#endif
}
/// How many tickets a server sends after the handshake: one unless told.
inline void set_ticket_count([[maybe_unused]] mbedtls_ssl_config& config,
                             [[maybe_unused]] std::uint16_t count) noexcept {
#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
  mbedtls_ssl_conf_new_session_tickets(&config, count);
#endif
}
inline bool is_new_ticket(int result) noexcept {
  return result == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET;
}
inline bool is_tls_1_3(const mbedtls_ssl_context& ssl) noexcept {
  return mbedtls_ssl_get_version_number(&ssl) == MBEDTLS_SSL_VERSION_TLS1_3;
}
/// For a certificate that is written, as tests do: its number, big-endian.
inline int set_serial(mbedtls_x509write_cert& writer, unsigned char* bytes, std::size_t size) noexcept {
  return mbedtls_x509write_crt_set_serial_raw(&writer, bytes, size);
}

#else

#define KEDGE_MBEDTLS_MEMBER(name) name

inline constexpr int bad_certificate = MBEDTLS_ERR_SSL_BAD_HS_CERTIFICATE;
inline constexpr int bad_protocol_version = MBEDTLS_ERR_SSL_BAD_HS_PROTOCOL_VERSION;

inline bool nothing_in_common(int code) noexcept {
  return code == MBEDTLS_ERR_SSL_NO_CIPHER_CHOSEN || code == MBEDTLS_ERR_SSL_NO_USABLE_CIPHERSUITE;
}
inline constexpr bool nothing_in_common_is_certain = true;

inline bool start_library() noexcept {
  return true;
}

inline int parse_key(mbedtls_pk_context& key, const unsigned char* bytes, std::size_t size, Random,
                     void*) noexcept {
  return mbedtls_pk_parse_key(&key, bytes, size, nullptr, 0);
}
inline int check_pair(const mbedtls_pk_context& public_key, const mbedtls_pk_context& key, Random,
                      void*) noexcept {
  return mbedtls_pk_check_pair(&public_key, &key);
}
inline constexpr bool has_tls_1_3 = false;
inline void set_versions(mbedtls_ssl_config& config, bool) noexcept {
  mbedtls_ssl_conf_min_version(&config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
}
inline void stop_at_new_tickets(mbedtls_ssl_config&) noexcept {}
inline void set_ticket_count(mbedtls_ssl_config&, std::uint16_t) noexcept {}
inline bool is_new_ticket(int) noexcept {
  return false;
}
inline bool is_tls_1_3(const mbedtls_ssl_context&) noexcept {
  return false;
}
inline int set_serial(mbedtls_x509write_cert& writer, unsigned char* bytes, std::size_t size) noexcept {
  mbedtls_mpi serial;
  mbedtls_mpi_init(&serial);
  int result = mbedtls_mpi_read_binary(&serial, bytes, size);
  if (result == 0) result = mbedtls_x509write_crt_set_serial(&writer, &serial);
  mbedtls_mpi_free(&serial);
  return result;
}

#endif

inline int handshake_state(const mbedtls_ssl_context& ssl) noexcept {
  return ssl.KEDGE_MBEDTLS_MEMBER(state);
}
/// A message that came after the handshake (TLS 1.3) waits inside to be taken apart by the next call.
inline bool holds_message(const mbedtls_ssl_context& ssl) noexcept {
  return handshake_state(ssl) != MBEDTLS_SSL_HANDSHAKE_OVER;
}
/// What the message that was just taken apart was, when it is the handshake's (RFC 8446 section 4).
inline bool was_certificate_request(const mbedtls_ssl_context& ssl) noexcept {
  return ssl.KEDGE_MBEDTLS_MEMBER(in_msgtype) == MBEDTLS_SSL_MSG_HANDSHAKE &&
         ssl.KEDGE_MBEDTLS_MEMBER(in_msg)[0] == MBEDTLS_SSL_HS_CERTIFICATE_REQUEST;
}
/// Whether a handshake message may come in several records.
inline constexpr bool joins_handshake_records = MBEDTLS_VERSION_NUMBER >= 0x03060300;
/// What comes of one that is above the buffer, and where they are not joined of one in several records.
inline constexpr int handshake_message_too_large =
    joins_handshake_records ? MBEDTLS_ERR_SSL_BAD_INPUT_DATA : MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE;
inline int last_alert(const mbedtls_ssl_context& ssl) noexcept {
  return ssl.KEDGE_MBEDTLS_MEMBER(in_msg)[1];
}
/// Bytes that are encrypted and not sent yet, of a record or of an alert: mbedTLS has room for one of them.
inline std::size_t unsent_bytes(const mbedtls_ssl_context& ssl) noexcept {
  return ssl.KEDGE_MBEDTLS_MEMBER(out_left);
}

/// Checks the signature of `child` with the key of `parent`: 0, or mbedTLS's code.
inline int check_signature(const mbedtls_x509_crt& child, mbedtls_x509_crt& parent) noexcept {
  const auto type = child.KEDGE_MBEDTLS_MEMBER(sig_md);
  const mbedtls_md_info_t* md = mbedtls_md_info_from_type(type);
  unsigned char hash[MBEDTLS_MD_MAX_SIZE];
  if (md == nullptr) return MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG;
  if (const int failed = mbedtls_md(md, child.tbs.p, child.tbs.len, hash); failed != 0) return failed;
  return mbedtls_pk_verify_ext(child.KEDGE_MBEDTLS_MEMBER(sig_pk), child.KEDGE_MBEDTLS_MEMBER(sig_opts),
                               &parent.pk, type, hash, mbedtls_md_get_size(md),
                               child.KEDGE_MBEDTLS_MEMBER(sig).p, child.KEDGE_MBEDTLS_MEMBER(sig).len);
}
/// A CA that may sign chains of any length.
inline bool is_unlimited_ca(const mbedtls_x509_crt& certificate) noexcept {
  return certificate.KEDGE_MBEDTLS_MEMBER(ca_istrue) != 0 &&
         certificate.KEDGE_MBEDTLS_MEMBER(max_pathlen) == 0;
}

inline void refuse_renegotiation([[maybe_unused]] mbedtls_ssl_config& config) noexcept {
#if defined(MBEDTLS_SSL_RENEGOTIATION)
  mbedtls_ssl_conf_renegotiation(&config, MBEDTLS_SSL_RENEGOTIATION_DISABLED);
#endif
}

#undef KEDGE_MBEDTLS_MEMBER

}  // namespace kedge::tls::compat
