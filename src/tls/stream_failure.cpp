// What a TLS stream failed of: mbedTLS's code, the peer's last words and what went before, in words.

#include "stream.hpp"
#include "words.hpp"

#include <array>

namespace kedge::tls {

Error TlsStream::alert(int code) const noexcept {
  const bool none_shown = certificate_wanted_ && !certificate_set_;
  return none_shown && may_want_certificate(code) ? certificate_wanted_error(code) : alert_error(code, role_);
}

Error TlsStream::handshake_failure(int result) noexcept {
  const Error why = failure(result);
  const bool broken_off = result == below_failed && why.layer() != Layer::tls;
  if (!broken_off && result != MBEDTLS_ERR_SSL_CONN_EOF) return why;
  const int said = broken_off ? unread_alert() : -1;
  if (said >= 0) return alert(said);
  if (certificate_wanted_ && !certificate_set_) return certificate_wanted_error(said);
  // Python's asyncio, for one, loses the alert that would say so.
  const bool unanswered = role_ == Role::client && handshake_bytes_ == 0 && !broken_off;
  if (!compat::has_tls_1_3 && unanswered) return unanswered_hello_error();
  return why;
}

Error TlsStream::failure(int result) const noexcept {
  switch (result) {
    case below_failed:
      return error_;
    case MBEDTLS_ERR_X509_CERT_VERIFY_FAILED:
    case compat::bad_certificate: {
      const std::uint32_t flags = mbedtls_ssl_get_verify_result(&ssl_);
      const bool judged = flags != 0 && flags != 0xFFFFFFFF;  // all ones: mbedTLS has no verdict
      if (judged) return verifier_.explain(flags, role_, host_);
      return failure_error(result, role_);
    }
    case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE:
      return alert(compat::last_alert(ssl_));
    case MBEDTLS_ERR_SSL_INVALID_MAC: {
      // A server by mbedTLS 3.6 that refuses our certificate says so with the handshake's keys (its issue
      // 10877).
      const bool guess = state_ == State::open && full_handshake_ && !heard_ && compat::is_tls_1_3(ssl_);
      return guess && role_ == Role::client ? unheard_refusal_error() : failure_error(result, role_);
    }
    case MBEDTLS_ERR_SSL_CONN_EOF:
    case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY:
      return truncated_handshake_error(role_);
    default:
      return failure_error(result, role_);
  }
}

// Without close_notify, or with what is no end. A server of TLS 1.3 that wants a certificate looks at ours
// when we believe the handshake to be done, and may end the line without an alert that we could read.
Error TlsStream::end_without_notice(int result) const noexcept {
  const bool cut = result == 0 || result == MBEDTLS_ERR_SSL_CONN_EOF;
  const bool none_shown = certificate_wanted_ && !certificate_set_ && !heard_ && compat::is_tls_1_3(ssl_);
  if (none_shown && (cut || result == below_failed)) return certificate_wanted_error(-1);
  return cut ? truncated_stream_error() : failure(result);
}

// A server of TLS 1.3 that turns us away behind the handshake says why and ends the line: our first write
// fails, and what it said lies unread.
Error TlsStream::write_failure(int result) noexcept {
  if (result != below_failed || heard_ || !compat::is_tls_1_3(ssl_)) return failure(result);
  const Error why = error_;
  read_blocked_ = false;
  int said = 0;
  for (int records = 0; records < empty_records_max; ++records) {
    unsigned char nothing = 0;
    said = mbedtls_ssl_read(&ssl_, &nothing, 0);
    if (!compat::is_new_ticket(said)) break;
  }
  if (said == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE || said == MBEDTLS_ERR_SSL_INVALID_MAC)
    return failure(said);
  error_ = why;
  return end_without_notice(result);
}

// A peer that breaks the handshake off says why and ends the line: our next write fails, and its alert lies
// unread. mbedTLS would only try to write again, so the records are walked through here. An alert under the
// handshake's keys (TLS 1.3) shows nothing.
int TlsStream::unread_alert() noexcept {
  constexpr std::size_t header_bytes = 5;  // type, version, length (RFC 8446 section 5.1)
  constexpr unsigned alert_type = 21;
  constexpr unsigned fatal = 2;
  std::array<unsigned, header_bytes + 2> record{};
  std::size_t at = 0;  // in the record
  while (handshake_bytes_ <= handshake_bytes_max) {
    if (input_.empty()) {
      const IoResult got = below_->read(buffer_);
      if (got.status != IoStatus::ok) return -1;
      handshake_bytes_ += got.bytes;
      input_ = buffer_.first(got.bytes);
    }
    for (; !input_.empty(); input_ = input_.subspan(1)) {
      if (at < record.size()) record[at] = std::to_integer<unsigned>(input_[0]);
      ++at;
      const std::size_t size = record[3] * 256 + record[4];
      if (at < header_bytes || at < header_bytes + size) continue;
      if (record[0] == alert_type && size == 2 && record[5] == fatal) return static_cast<int>(record[6]);
      at = 0;
    }
  }
  return -1;
}

}  // namespace kedge::tls
