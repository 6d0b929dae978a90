#include "words.hpp"

namespace kedge::tls {
namespace {

struct Alert {
  int code;
  std::string_view name;
  std::string_view advice;
};

constexpr std::string_view nothing_suits = "no cipher, curve or certificate suits both ends";
constexpr std::string_view nothing_suits_or_1_3 =
    compat::has_tls_1_3 ? nothing_suits : "no cipher or curve suits both, or it wants TLS 1.3, which we lack";
constexpr std::string_view version =
    compat::has_tls_1_3 ? "it does not speak TLS 1.2 or later"
                        : "it does not speak TLS 1.2, or wants 1.3, which this mbedTLS lacks";
constexpr std::string_view own_certificate = "it refuses our certificate";
constexpr std::string_view wants_certificate = "it wants a certificate of ours";

constexpr Alert alerts[] = {
    {0, "close notify", ""},
    {10, "unexpected message", ""},
    {20, "bad record MAC", "the bytes were changed on the way"},
    {22, "record overflow", ""},
    {40, "handshake failure", nothing_suits_or_1_3},
    {41, "no certificate", wants_certificate},
    {42, "bad certificate", own_certificate},
    {43, "unsupported certificate", own_certificate},
    {44, "certificate revoked", own_certificate},
    {45, "certificate expired", "renew our certificate, or set its clock"},
    {46, "certificate unknown", own_certificate},
    {47, "illegal parameter", ""},
    {48, "unknown CA", "it does not trust who issued our certificate"},
    {49, "access denied", own_certificate},
    {50, "decode error", ""},
    {51, "decrypt error", "a signature or the Finished did not verify"},
    {70, "protocol version", version},
    {71, "insufficient security", "its ciphers are stronger than ours"},
    {80, "internal error", ""},
    {86, "inappropriate fallback", ""},
    {90, "user canceled", ""},
    {100, "no renegotiation", ""},
    {109, "missing extension", ""},
    {110, "unsupported extension", ""},
    {112, "unrecognized name", "it does not serve this host name"},
    {113, "bad certificate status response", ""},
    {115, "unknown PSK identity", ""},
    {116, "certificate required", wants_certificate},
    {120, "no application protocol", ""},
};

const Alert* find_alert(int code) noexcept {
  for (const Alert& alert : alerts) {
    if (alert.code == code) return &alert;
  }
  return nullptr;
}

std::string_view peer(Role role) noexcept {
  return role == Role::client ? "the server" : "the client";
}

Error tls_error(int code, std::string_view text) noexcept {
  return Error(ErrorKind::tls, Layer::tls, code, text);
}

}  // namespace

bool is_out_of_memory(int code) noexcept {
  switch (code) {
    case MBEDTLS_ERR_SSL_ALLOC_FAILED:
    case MBEDTLS_ERR_X509_ALLOC_FAILED:
    case MBEDTLS_ERR_PK_ALLOC_FAILED:
    case MBEDTLS_ERR_ECP_ALLOC_FAILED:
    case MBEDTLS_ERR_MD_ALLOC_FAILED:
    case MBEDTLS_ERR_CIPHER_ALLOC_FAILED:
    case MBEDTLS_ERR_PEM_ALLOC_FAILED:
      return true;
    default:
      break;
  }
  // Codes of two layers are added up: the high one says who, the low one (7 bits) why.
  const int low = -(-code & 0x7F);
  return low == MBEDTLS_ERR_MPI_ALLOC_FAILED || low == MBEDTLS_ERR_ASN1_ALLOC_FAILED;
}

Error alert_error(int code, Role role) noexcept {
  Error error = tls_error(MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE, peer(role));
  error.append(" sent TLS alert ").append(std::int64_t{code});
  const Alert* alert = find_alert(code);
  if (alert == nullptr) return error;
  error.append(", ").append(alert->name);
  if (!alert->advice.empty()) error.append(": ").append(alert->advice);
  return error;
}

bool may_want_certificate(int code) noexcept {
  const Alert* alert = find_alert(code);
  return alert != nullptr && (alert->advice == own_certificate || alert->advice == nothing_suits_or_1_3 ||
                              alert->advice == wants_certificate);
}

Error certificate_wanted_error(int code) noexcept {
  if (code < 0) {
    return tls_error(
        MBEDTLS_ERR_SSL_CONN_EOF,
        "the server ended the TLS handshake: it asked for a certificate of ours, and none is set");
  }
  return tls_error(MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE,
                   "the server wants a certificate of ours, and none is set (TLS alert ")
      .append(std::int64_t{code})
      .append(")");
}

Error failure_error(int code, Role role) noexcept {
  if (is_out_of_memory(code)) return tls_error(code, no_memory);
  if (compat::nothing_in_common(code)) {
    return tls_error(code, nothing_suits)
        .append(compat::nothing_in_common_is_certain ? "" : ", or memory ran out: mbedTLS does not tell");
  }
  switch (code) {
    case no_randomness:
      return tls_error(code, "the port's source of randomness failed: TLS cannot go on without it");
    case compat::bad_protocol_version:
      return tls_error(code, peer(role)).append(" does not speak TLS 1.2 or later");
    case MBEDTLS_ERR_SSL_NO_CLIENT_CERTIFICATE:
      return tls_error(code, "the client showed no certificate, and this server asks for one");
    case MBEDTLS_ERR_SSL_INVALID_MAC:
      return tls_error(code, "a TLS record does not verify: the bytes were changed on the way");
    case compat::handshake_message_too_large:
      // Nothing else that we leave on comes back with it.
      return tls_error(code, peer(role))
          .append(compat::joins_handshake_records
                      ? " sent a TLS handshake message above "
                      : " sent a TLS handshake message in several records, or above ")
          .append(std::int64_t{MBEDTLS_SSL_IN_CONTENT_LEN})
          .append(" bytes: is its chain too long?");
    case MBEDTLS_ERR_SSL_INVALID_RECORD:
      return tls_error(code, peer(role)).append(" sent a malformed TLS record");
    case MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE:
      return tls_error(code, peer(role)).append(" sent a TLS message out of order");
    default:
      return tls_error(code, "TLS failed, talking to ")
          .append(peer(role))
          .append(": mbedTLS code ")
          .append(std::int64_t{code});
  }
}

Error plain_text_error(Role role) noexcept {
  return tls_error(MBEDTLS_ERR_SSL_INVALID_RECORD, peer(role))
      .append(role == Role::client ? " does not speak TLS: check the port, or use ws://"
                                   : " does not speak TLS: this port wants wss://");
}

Error truncated_handshake_error(Role role) noexcept {
  return tls_error(MBEDTLS_ERR_SSL_CONN_EOF, peer(role))
      .append(" closed the connection during the TLS handshake");
}

Error unanswered_hello_error() noexcept {
  return truncated_handshake_error(Role::client).append(": does it want 1.3, which this mbedTLS lacks?");
}

Error endless_handshake_error(Role role) noexcept {
  return tls_error(MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE, peer(role))
      .append(" sends too much before the TLS handshake is done");
}

Error truncated_stream_error() noexcept {
  return Error(ErrorKind::connection, Layer::tls, MBEDTLS_ERR_SSL_CONN_EOF,
               "the connection ended without TLS's close_notify: what came last may be cut off");
}

Error unheard_refusal_error() noexcept {
  return tls_error(
      MBEDTLS_ERR_SSL_INVALID_MAC,
      "the server's first TLS record does not verify: it may be refusing our certificate, or that "
      "there is none");
}

}  // namespace kedge::tls
