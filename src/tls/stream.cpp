#include "stream.hpp"

#include "../base/nobody.hpp"
#include "saved_session.hpp"
#include "words.hpp"

#include <algorithm>
#include <cassert>

namespace kedge::tls {
namespace {

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
  late_ending_ = full_handshake_ = heard_ = first_byte_seen_ = plain_text_ = false;
  certificate_set_ = certificate_wanted_ = false;
  read_blocked_ = write_blocked_ = owes_writable_ = owes_readable_ = reading_ = false;
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
  certificate_set_ = with.has_certificate;
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
    const int state = compat::handshake_state(ssl_);
    if (state == MBEDTLS_SSL_SERVER_CERTIFICATE) full_handshake_ = true;
    const int result = mbedtls_ssl_handshake_step(&ssl_);
    if (result == 0) {
      idle_turns = 0;
      const bool asked_now = state == MBEDTLS_SSL_CERTIFICATE_REQUEST && role_ == Role::client;
      if (asked_now) certificate_wanted_ = compat::was_certificate_request(ssl_);
      continue;
    }
    if (wants_io(result)) {
      const bool blocked = result == MBEDTLS_ERR_SSL_WANT_READ ? input_blocked() : write_blocked_;
      if (blocked) return Progress::waiting;
      if (++idle_turns < empty_records_max) continue;
    }
    error_ = handshake_failure(result);
    if (result == MBEDTLS_ERR_SSL_NO_CLIENT_CERTIFICATE && !compat::is_tls_1_3(ssl_)) {
      // With TLS 1.2 mbedTLS leaves the client waiting (RFC 5246 section 7.4.6 names this alert).
      (void)mbedtls_ssl_send_alert_message(&ssl_, MBEDTLS_SSL_ALERT_LEVEL_FATAL,
                                           MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE);
    }
    return Progress::failed;
  }
  return Progress::done;
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
  if (!owes_readable_) return tell_late_ending();
  owes_readable_ = false;
  tell_readable();
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
      heard_ = true;
      idle_turns = 0;
      continue;
    }
    const bool ticket = compat::is_new_ticket(result);
    if (ticket) {
      heard_ = true;
      watcher_.on_new_ticket(ssl_);
    }
    if (ticket || wants_io(result)) {
      if (reading_waits(result)) break;
      if (++idle_turns < empty_records_max) continue;
    }
    if (result == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
      ending_ = Ending::end;
    } else {
      ending_ = Ending::error;
      error_ = end_without_notice(result);
    }
    break;
  }
  if (taken != 0) {
    late_ending_ = ending_ != Ending::none;
    return {IoStatus::ok, taken};
  }
  return ending_ == Ending::none ? IoResult{} : ending();
}

// Reading has come to where only an event from below takes it on.
bool TlsStream::reading_waits(int result) noexcept {
  if (compat::holds_message(ssl_)) {
    // The next call takes it apart; but mbedTLS sends first what waits to be sent.
    owes_readable_ = result == MBEDTLS_ERR_SSL_WANT_WRITE && write_blocked_;
    return owes_readable_;
  }
  // WANT_READ also comes after a record without payload: only a stream below with nothing left is a reason to
  // stop, as only then an event will come. WANT_WRITE is an alert (a renegotiation is refused) that waits, or
  // is left out as a record waits already: reading goes on without.
  return result == MBEDTLS_ERR_SSL_WANT_READ && input_blocked();
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
    error_ = write_failure(flushed);
    return {IoStatus::error, 0};
  }
  std::size_t taken = 0;
  while (taken < from.size()) {
    if (pending_write_ != 0 && compat::unsent_bytes(ssl_) == 0) {
      taken += pending_write_;  // reading has sent it, to get at a message
      pending_write_ = 0;
      continue;
    }
    // A record that waits is sent by the same call again: mbedTLS flushes it and counts its payload.
    const std::size_t payload = pending_write_ != 0 ? pending_write_ : from.size() - taken;
    const int result =
        mbedtls_ssl_write(&ssl_, reinterpret_cast<const unsigned char*>(from.data()) + taken, payload);
    if (result > 0) {
      taken += static_cast<std::size_t>(result);
      pending_write_ = 0;
      continue;
    }
    if (compat::is_new_ticket(result)) {
      watcher_.on_new_ticket(ssl_);
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
    error_ = write_failure(result);
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

void TlsStream::drop() noexcept {
  if (idle()) return;
  below_->set_events(nobody);
  below_->close();
  forget();
}

void TlsStream::close() noexcept {
  if (state_ == State::idle || state_ == State::closing) return;
  state_ = State::closing;
  below_->close();
}

}  // namespace kedge::tls
