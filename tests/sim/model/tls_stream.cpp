#include "tls_stream.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace kedge::rig {

namespace {

constexpr std::size_t header_bytes = 3;  // kind, length
constexpr std::size_t record_bytes_max = 2048;
constexpr std::size_t held_bytes_max = 16 * 1024;
constexpr char mask = 0x5A;  // so that nothing above can read a record's body by mistake

constexpr std::size_t hello_bytes = 200;
constexpr std::size_t server_hello_bytes = 900;
constexpr std::size_t finish_bytes = 120;
constexpr std::size_t done_bytes = 250;

}  // namespace

Result<Stream*> ModelTlsStream::start(Stream& below, StreamEvents& events, const TlsConduct& conduct) {
  conduct_ = conduct;
  in_.clear();
  plain_.clear();
  out_.clear();
  error_ = {};
  input_ = Input::open;
  open_ = told_ = blocked_ = closed_ = shut_ = left_below_ = false;
  hungry_ = true;
  below_ = &below;
  if (role_ == Role::client) {
    put(Record::hello, std::string(hello_bytes, 'h'));
    if (!flush()) return below.error();
  }
  events_ = &events;
  below.set_events(*this);
  return this;
}

void ModelTlsStream::put(Record record, std::string_view body) {
  out_ += static_cast<char>(record);
  out_ += static_cast<char>(body.size() >> 8U);
  out_ += static_cast<char>(body.size() & 0xFFU);
  for (const char byte : body) out_ += static_cast<char>(byte ^ mask);
}

// False when the stream below is broken.
bool ModelTlsStream::flush() {
  while (!out_.empty() && !shut_) {
    const IoResult result = below_->write(std::as_bytes(std::span(out_)));
    if (result.status == IoStatus::error) return false;
    if (result.status != IoStatus::ok) return true;
    const bool some_left = result.bytes < out_.size();
    out_.erase(0, result.bytes);
    if (some_left) return true;
  }
  return true;
}

void ModelTlsStream::fail(const Error& error) {
  if (input_ == Input::open) input_ = Input::broken;
  error_ = error;
}

void ModelTlsStream::pull() {
  std::array<std::byte, 4096> buffer;
  // What is left below, nothing below will tell of.
  left_below_ = true;
  while (input_ == Input::open && plain_.size() < held_bytes_max) {
    const IoResult result = below_->read(buffer);
    left_below_ = result.status == IoStatus::ok && result.bytes == buffer.size();
    if (result.status == IoStatus::would_block) return;
    if (result.status == IoStatus::error) return fail(below_->error());
    if (result.status == IoStatus::end)
      return fail(
          Error(ErrorKind::connection, Layer::tls, 0, "the peer ended the stream without close_notify"));
    in_.append(reinterpret_cast<const char*>(buffer.data()), result.bytes);
    take_records();
    if (result.bytes < buffer.size()) return;
  }
}

void ModelTlsStream::take_records() {
  while (input_ == Input::open && in_.size() >= header_bytes) {
    const std::size_t size = static_cast<std::size_t>(static_cast<unsigned char>(in_[1])) << 8U |
                             static_cast<unsigned char>(in_[2]);
    if (in_.size() < header_bytes + size) return;
    std::string body = in_.substr(header_bytes, size);
    const auto record = static_cast<Record>(in_[0]);
    in_.erase(0, header_bytes + size);
    for (char& byte : body) byte = static_cast<char>(byte ^ mask);
    take(record, body);
  }
}

// A server's flight, unless it was told to misbehave at this step.
void ModelTlsStream::answer(Record record, std::size_t bytes, std::uint8_t step) {
  if (conduct_.how == TlsConduct::How::well || conduct_.step != step)
    return put(record, std::string(bytes, 's'));
  switch (conduct_.how) {
    case TlsConduct::How::alert:
      put(Record::alert, "no");
      return;
    case TlsConduct::How::vanish:
      return fail(Error(ErrorKind::tls, Layer::tls, -1, "as it was told to"));
    case TlsConduct::How::bad_certificate:
      return put(record, std::string(bytes, 'B'));
    default:
      return;  // says nothing more
  }
}

void ModelTlsStream::take(Record record, std::string_view body) {
  switch (record) {
    case Record::hello:
      return answer(Record::server_hello, server_hello_bytes, 0);
    case Record::server_hello:
      if (body.front() == 'B')
        return fail(Error(ErrorKind::tls, Layer::tls, tls_verification_failed, "the certificate is bad"));
      return put(Record::finish, std::string(finish_bytes, 'f'));
    case Record::finish:
      answer(Record::done, done_bytes, 1);
      open_ = conduct_.how == TlsConduct::How::well || conduct_.step != 1;
      return;
    case Record::done:
      open_ = true;
      return;
    case Record::data:
      plain_.append(body);
      return;
    case Record::bye:
      input_ = Input::ended;
      return;
    case Record::alert:
      return fail(Error(ErrorKind::tls, Layer::tls, -0x7780, "the server sent a fatal alert"));
  }
}

void ModelTlsStream::on_readable() noexcept {
  const bool was_open = open_;
  pull();
  // What blocks its user goes out when that is told that there is room.
  if (!blocked_ && !flush() && input_ == Input::open) fail(below_->error());
  if (!was_open) {
    if (told_) return;
    if (input_ != Input::open && !open_) {
      told_ = true;
      events_->on_error(error_ ? error_ : Error(ErrorKind::tls, Layer::tls, -1, "ended in the handshake"));
      return;
    }
    if (!open_) return;
    told_ = true;
    hungry_ = true;
    events_->on_open();
  }
  // Again when the end lies right behind the bytes that were just read: nothing below will tell of it.
  while (hungry_ && !closed_ && (!plain_.empty() || input_ != Input::open)) {
    hungry_ = false;
    events_->on_readable();
  }
}

void ModelTlsStream::on_writable() noexcept {
  if (!flush()) {
    fail(below_->error());
    if (!told_) {
      told_ = true;
      return events_->on_error(error_);
    }
  }
  if (blocked_ && out_.empty()) {
    blocked_ = false;
    events_->on_writable();
  }
}

void ModelTlsStream::on_error(const Error& error) noexcept {
  fail(error);
  if (!std::exchange(told_, true)) events_->on_error(error);
}

void ModelTlsStream::on_closed() noexcept {
  events_->on_closed();
}

IoResult ModelTlsStream::read(std::span<std::byte> into) noexcept {
  if (plain_.empty() || (left_below_ && plain_.size() < into.size())) {
    pull();
    if (!blocked_) (void)flush();
  }
  const std::size_t size = std::min(into.size(), plain_.size());
  hungry_ = size < into.size();
  if (size == 0) {
    if (input_ == Input::ended) return {IoStatus::end, 0};
    return {input_ == Input::broken ? IoStatus::error : IoStatus::would_block, 0};
  }
  std::memcpy(into.data(), plain_.data(), size);
  plain_.erase(0, size);
  return {IoStatus::ok, size};
}

IoResult ModelTlsStream::write(std::span<const std::byte> from) noexcept {
  std::size_t taken = 0;
  while (taken < from.size()) {
    if (!flush()) {
      error_ = below_->error();
      return {IoStatus::error, 0};
    }
    if (!open_ || !out_.empty()) break;
    const auto piece = from.subspan(taken, std::min(record_bytes_max, from.size() - taken));
    put(Record::data, {reinterpret_cast<const char*>(piece.data()), piece.size()});
    taken += piece.size();
  }
  if (!flush()) {
    error_ = below_->error();
    return {IoStatus::error, 0};
  }
  blocked_ = taken < from.size();
  return {taken == 0 ? IoStatus::would_block : IoStatus::ok, taken};
}

void ModelTlsStream::close() noexcept {
  closed_ = true;
  below_->close();
}

void ModelTlsStream::shutdown_write() noexcept {
  put(Record::bye, "");
  (void)flush();
  shut_ = true;
  below_->shutdown_write();
}

}  // namespace kedge::rig
