#include "stream.hpp"

#include "saved_session.hpp"
#include "words.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace kedge::tls {
namespace {

/// Records without payload (warnings, empty records) in a row before the peer counts as hostile.
constexpr int empty_records_max = 64;

/// Most bytes a handshake takes. mbedTLS has room for 16 KiB a message, but passes over warnings for ever.
constexpr std::size_t handshake_bytes_max = 128 * 1024;

/// Ours, for mbedTLS to hand back: the stream below failed and knows why.
constexpr int below_failed = -0x004C;

bool wants_io(int result) noexcept {
  return result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_WANT_WRITE;
}

}  // namespace

TlsStream::TlsStream(Role role, std::span<std::byte> input, HandshakeWatcher& watcher) noexcept
    : role_(role), buffer_(input), watcher_(watcher) {
  mbedtls_ssl_init(&ssl_);
}

TlsStream::~TlsStream() {
  assert(idle() && "a TLS stream was destroyed before on_closed");
  forget();
}

void TlsStream::forget() noexcept {
  mbedtls_ssl_free(&ssl_);
  mbedtls_ssl_init(&ssl_);
  below_ = nullptr;
  input_ = {};
  host_ = {};
  pending_write_ = handshake_bytes_ = 0;
  state_ = State::idle;
  ending_ = Ending::none;
  late_ending_ = full_handshake_ = first_byte_seen_ = plain_text_ = below_failed_ = false;
  read_blocked_ = write_blocked_ = owes_writable_ = reading_ = false;
  close_notify_wanted_ = close_notify_waits_ = write_shut_ = false;
}

Result<void> TlsStream::set_up(const Start& with) noexcept {
  int result = mbedtls_ssl_setup(&ssl_, &with.config);
  // Also without a name: mbedTLS 3.6 wants to hear that there is none.
  if (result == 0 && role_ == Role::client) result = mbedtls_ssl_set_hostname(&ssl_, with.server_name);
  if (result != 0) return failure_error(result, role_);
  mbedtls_ssl_set_bio(&ssl_, this, send, receive, nullptr);
  mbedtls_ssl_set_verify(&ssl_, Verifier::callback, &verifier_);
  if (with.session != nullptr) with.session->offer(ssl_);
  return {};
}

Result<void> TlsStream::start(const Start& with) noexcept {
  if (!idle()) return Error(ErrorKind::config, "TLS: the connection before has not reported on_closed");
  error_ = {};
  below_ = &with.below;
  host_ = with.host;
  verifier_.begin(with.rules);
  auto ready = set_up(with);
  if (!ready) {
    forget();
    return ready;
  }
  state_ = State::handshaking;
  // Only the first flight goes out here: a stream that is newly open tells by event what there is to read. A
  // peer on the same machine may have answered by the time we could look, and the handshake would end with
  // nobody told.
  read_blocked_ = true;
  // No event of the stream below comes inside our calls into it, so its events can be taken over when we know
  // that it begins well.
  const Progress progress = shake();
  if (progress == Progress::failed) {
    const Error error = error_;
    forget();
    return error;
  }
  assert(progress == Progress::waiting && "a handshake takes an answer from the peer");
  events_ = &with.events;
  with.below.set_events(*this);
  return {};
}

TlsStream::Progress TlsStream::shake() noexcept {
  int idle_turns = 0;
  while (compat::handshake_state(ssl_) != MBEDTLS_SSL_HANDSHAKE_OVER) {
    // A resumed handshake passes this state by, in TLS 1.2 and 1.3 and at both ends.
    if (compat::handshake_state(ssl_) == MBEDTLS_SSL_SERVER_CERTIFICATE) full_handshake_ = true;
    const int result = mbedtls_ssl_handshake_step(&ssl_);
    if (result == 0) {
      idle_turns = 0;
      continue;
    }
    if (wants_io(result)) {
      const bool blocked = result == MBEDTLS_ERR_SSL_WANT_READ ? input_blocked() : write_blocked_;
      if (blocked) return Progress::waiting;
      if (++idle_turns < empty_records_max) continue;
    }
    error_ = failure(result);
    if (result == MBEDTLS_ERR_SSL_NO_CLIENT_CERTIFICATE) {
      // mbedTLS 2.28 leaves the client waiting (RFC 5246 section 7.4.6 names this alert).
      (void)mbedtls_ssl_send_alert_message(&ssl_, MBEDTLS_SSL_ALERT_LEVEL_FATAL,
                                           MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE);
    }
    return Progress::failed;
  }
  return Progress::done;
}

Error TlsStream::failure(int result) const noexcept {
  if (below_failed_) return error_;
  if (plain_text_) return plain_text_error(role_);
  switch (result) {
    case MBEDTLS_ERR_X509_CERT_VERIFY_FAILED:
    case compat::bad_certificate: {
      const std::uint32_t flags = mbedtls_ssl_get_verify_result(&ssl_);
      const bool judged = flags != 0 && flags != 0xFFFFFFFF;  // all ones: mbedTLS has no verdict
      if (judged) return verifier_.explain(flags, role_, host_);
      return failure_error(result, role_);
    }
    case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE:
      return alert_error(compat::last_alert(ssl_), role_);
    case MBEDTLS_ERR_SSL_CONN_EOF:
    case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY:
      return truncated_handshake_error(role_);
    default:
      return failure_error(result, role_);
  }
}

void TlsStream::advance() noexcept {
  switch (shake()) {
    case Progress::waiting:
      return;
    case Progress::failed:
      state_ = State::failed;
      watcher_.on_handshake_failed();
      events_->on_error(error_);
      return;
    case Progress::done:
      break;
  }
  state_ = State::open;
  watcher_.on_handshake_done(ssl_, !full_handshake_);
  events_->on_open();
  // What came together with the peer's last flight is in our hands: no event from below will tell of it.
  if (!input_blocked()) tell_readable();
}

void TlsStream::tell_readable() noexcept {
  if (state_ != State::open) return;
  events_->on_readable();
  tell_late_ending();
}

void TlsStream::tell_late_ending() noexcept {
  if (!late_ending_ || state_ != State::open) return;
  late_ending_ = false;
  events_->on_readable();
}

void TlsStream::on_error(const Error& error) noexcept {
  // Only a stream that never opened says so; it is borrowed open, but a fault there must not go silent.
  if (state_ != State::handshaking) return;
  state_ = State::failed;
  error_ = error;
  watcher_.on_handshake_failed();
  events_->on_error(error_);
}

void TlsStream::on_readable() noexcept {
  read_blocked_ = false;
  if (state_ == State::handshaking) {
    advance();
  } else {
    tell_readable();
  }
}

void TlsStream::on_writable() noexcept {
  write_blocked_ = false;
  if (state_ == State::handshaking) return advance();
  if (state_ != State::open) return;
  if (close_notify_wanted_ && !write_shut_) {
    send_close_notify();
  } else {
    (void)flush_alert();  // what is wrong below, the next call of the user finds
  }
  if (owes_writable_ && state_ == State::open) {
    owes_writable_ = false;
    events_->on_writable();
  }
  tell_late_ending();
}

void TlsStream::on_closed() noexcept {
  StreamEvents* events = events_;
  forget();
  events->on_closed();  // last: our user may start us again, or destroy us
}

IoResult TlsStream::ending() noexcept {
  late_ending_ = false;
  return {ending_ == Ending::end ? IoStatus::end : IoStatus::error, 0};
}

IoResult TlsStream::read(std::span<std::byte> into) noexcept {
  if (state_ != State::open) return refused();
  if (ending_ != Ending::none) return ending();
  std::size_t taken = 0;
  int idle_turns = 0;
  while (taken < into.size()) {
    reading_ = true;
    const int result =
        mbedtls_ssl_read(&ssl_, reinterpret_cast<unsigned char*>(into.data()) + taken, into.size() - taken);
    reading_ = false;
    if (result > 0) {
      taken += static_cast<std::size_t>(result);
      idle_turns = 0;
      continue;
    }
    if (compat::is_new_ticket(result)) {
      watcher_.on_new_ticket(ssl_);
      continue;
    }
    if (wants_io(result)) {
      // WANT_READ also comes after a record without payload: only a stream below with nothing left is a
      // reason to stop, as only then an event will come. WANT_WRITE is an alert (a renegotiation is refused)
      // that waits, or is left out as a record waits already: reading goes on without.
      if (result == MBEDTLS_ERR_SSL_WANT_READ && input_blocked()) break;
      if (++idle_turns < empty_records_max) continue;
    }
    if (result == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
      ending_ = Ending::end;
    } else {
      ending_ = Ending::error;
      error_ = result == 0 || result == MBEDTLS_ERR_SSL_CONN_EOF ? truncated_stream_error() : failure(result);
    }
    break;
  }
  if (taken != 0) {
    late_ending_ = ending_ != Ending::none;
    return {IoStatus::ok, taken};
  }
  return ending_ == Ending::none ? IoResult{} : ending();
}

IoResult TlsStream::write(std::span<const std::byte> from) noexcept {
  if (state_ != State::open || close_notify_wanted_) return refused();
  if (from.size() < pending_write_) {
    error_ = Error(ErrorKind::config, "TLS: a write must begin with the bytes the one before did not take");
    return {IoStatus::error, 0};
  }
  if (const int flushed = flush_alert(); flushed != 0) {
    if (wants_io(flushed)) {
      owes_writable_ = true;
      return {};
    }
    error_ = failure(flushed);
    return {IoStatus::error, 0};
  }
  std::size_t taken = 0;
  while (taken < from.size()) {
    // A record that waits is sent by the same call again: mbedTLS flushes it and counts its payload.
    const std::size_t payload = pending_write_ != 0 ? pending_write_ : from.size() - taken;
    const int result =
        mbedtls_ssl_write(&ssl_, reinterpret_cast<const unsigned char*>(from.data()) + taken, payload);
    if (result > 0) {
      taken += static_cast<std::size_t>(result);
      pending_write_ = 0;
      continue;
    }
    if (wants_io(result)) {
      const int record = mbedtls_ssl_get_max_out_record_payload(&ssl_);
      pending_write_ = record > 0 ? std::min(payload, static_cast<std::size_t>(record)) : payload;
      owes_writable_ = true;
      break;
    }
    // Also behind records that went out: fewer bytes than given would promise an on_writable that nobody
    // sends.
    error_ = failure(result);
    return {IoStatus::error, 0};
  }
  return taken != 0 ? IoResult{IoStatus::ok, taken} : IoResult{};
}

int TlsStream::flush_alert() noexcept {
  if (pending_write_ != 0 || compat::unsent_bytes(ssl_) == 0) return 0;
  constexpr unsigned char nothing = 0;
  return mbedtls_ssl_write(&ssl_, &nothing, 0);
}

IoResult TlsStream::refused() noexcept {
  if (state_ != State::failed) error_ = Error(ErrorKind::closed, "TLS: the stream is not open for this");
  return {IoStatus::error, 0};
}

void TlsStream::shutdown_write() noexcept {
  if (state_ != State::open || close_notify_wanted_) return;
  close_notify_wanted_ = true;
  send_close_notify();
}

void TlsStream::send_close_notify() noexcept {
  // With a record or an alert still waiting, the first call only flushes that.
  const bool other_waits = !close_notify_waits_ && compat::unsent_bytes(ssl_) != 0;
  if (other_waits && wants_io(mbedtls_ssl_close_notify(&ssl_))) return;
  pending_write_ = 0;
  close_notify_waits_ = wants_io(mbedtls_ssl_close_notify(&ssl_));
  if (close_notify_waits_) return;
  write_shut_ = true;
  below_->shutdown_write();
}

void TlsStream::close() noexcept {
  if (state_ == State::idle || state_ == State::closing) return;
  state_ = State::closing;
  below_->close();
}

int TlsStream::send(void* self, const unsigned char* bytes, std::size_t size) noexcept {
  auto& stream = *static_cast<TlsStream*>(self);
  // Behind close_notify nothing follows (RFC 5246 section 7.2.1): an alert that reading would send is
  // dropped.
  if (stream.write_shut_) return static_cast<int>(size);
  // Reading sends an alert at most; of a record that waits only `write` may send the rest, which counts it.
  const bool not_now = stream.reading_ && stream.pending_write_ != 0;
  if (stream.write_blocked_ || not_now) return MBEDTLS_ERR_SSL_WANT_WRITE;
  const IoResult sent = stream.below_->write(std::as_bytes(std::span(bytes, size)));
  if (sent.status == IoStatus::error || sent.status == IoStatus::end) {
    stream.below_failed_ = true;
    stream.error_ = stream.below_->error();
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
      below_failed_ = true;
      error_ = below_->error();
      return below_failed;
    }
    read_blocked_ = got.bytes < target.size();
    if (got.bytes == 0) return MBEDTLS_ERR_SSL_WANT_READ;
    look_at_first(target[0]);
    if (state_ == State::handshaking && (handshake_bytes_ += got.bytes) > handshake_bytes_max) {
      below_failed_ = true;
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
