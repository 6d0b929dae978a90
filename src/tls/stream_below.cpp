// TlsStream's side towards the stream below: what mbedTLS calls to send and to receive.

#include "stream.hpp"
#include "words.hpp"

#include <algorithm>
#include <cstring>

namespace kedge::tls {

int TlsStream::send(void* self, const unsigned char* bytes, std::size_t size) noexcept {
  auto& stream = *static_cast<TlsStream*>(self);
  // Behind close_notify nothing follows (RFC 5246 section 7.2.1): an alert that reading would send is
  // dropped.
  if (stream.write_shut_) return static_cast<int>(size);
  // Of a record that waits reading sends the rest only when it cannot go on without; an alert of its own,
  // never.
  const bool not_now = stream.reading_ && stream.pending_write_ != 0 && !compat::holds_message(stream.ssl_);
  if (stream.write_blocked_ || not_now) return MBEDTLS_ERR_SSL_WANT_WRITE;
  const IoResult sent = stream.below_->write(std::as_bytes(std::span(bytes, size)));
  if (sent.status == IoStatus::error || sent.status == IoStatus::end) {
    stream.error_ = stream.below_->error();
    stream.read_blocked_ = false;  // what the peer said before it broke the line may have arrived unseen
    return below_failed;
  }
  stream.write_blocked_ = sent.bytes < size;
  return sent.bytes == 0 ? MBEDTLS_ERR_SSL_WANT_WRITE : static_cast<int>(sent.bytes);
}

int TlsStream::receive(void* self, unsigned char* bytes, std::size_t size) noexcept {
  return static_cast<TlsStream*>(self)->receive(std::as_writable_bytes(std::span(bytes, size)));
}

int TlsStream::receive(std::span<std::byte> into) noexcept {
  if (input_.empty()) {
    if (read_blocked_) return MBEDTLS_ERR_SSL_WANT_READ;
    // mbedTLS asks for five bytes, then for the rest of the record: one read below serves both. What is
    // longer than the buffer goes to its place directly.
    const bool direct = into.size() >= buffer_.size();
    const std::span<std::byte> target = direct ? into : buffer_;
    const IoResult got = below_->read(target);
    if (got.status == IoStatus::end) return 0;
    if (got.status == IoStatus::error) {
      error_ = below_->error();
      return below_failed;
    }
    read_blocked_ = got.bytes < target.size();
    if (got.bytes == 0) return MBEDTLS_ERR_SSL_WANT_READ;
    look_at_first(target[0]);
    if (plain_text_) {
      error_ = plain_text_error(role_);  // at its first byte: mbedTLS would wait for four more
      return below_failed;
    }
    if (state_ == State::handshaking && (handshake_bytes_ += got.bytes) > handshake_bytes_max) {
      error_ = endless_handshake_error(role_);
      return below_failed;
    }
    if (direct) return static_cast<int>(got.bytes);
    input_ = buffer_.first(got.bytes);
  }
  const std::size_t size = std::min(into.size(), input_.size());
  std::memcpy(into.data(), input_.data(), size);
  input_ = input_.subspan(size);
  return static_cast<int>(size);
}

void TlsStream::look_at_first(std::byte first) noexcept {
  if (first_byte_seen_) return;
  first_byte_seen_ = true;
  // Record types are 20 to 24 (RFC 8446 section 5.1): an HTTP server begins with a letter.
  const auto type = std::to_integer<unsigned>(first);
  plain_text_ = type < 20 || type > 24;
}

}  // namespace kedge::tls
