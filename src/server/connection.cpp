#include "connection.hpp"

#include "server.hpp"

#include <algorithm>

namespace kedge::server {

namespace {

constexpr KeepaliveConfig no_keepalive{.interval = Duration::zero()};

}  // namespace

Connection::Connection(Server& server, std::size_t slot, const ServerConfig& config,
                       std::span<std::byte> read_buffer)
    : server_(server),
      slot_(slot),
      config_(config),
      read_buffer_(read_buffer),
      memory_(std::make_unique_for_overwrite<std::byte[]>(config.upgrade_bytes_max)),
      upgrade_(std::span(memory_.get(), config.upgrade_bytes_max), config.upgrade_headers_max) {}

void Connection::begin(Stream& stream, const Address& peer, std::uint64_t id,
                       const Entrance& entrance) noexcept {
  id_ = id;
  tag_ = 0;
  peer_ = peer;
  entrance_ = &entrance;
  stream_ = &stream;
  service_ = nullptr;
  close_when_sent_ = in_message_ = false;
  head_written_ = head_size_ = 0;
  upgrade_.start();
  deadline_ = after(server_.now(), config_.upgrade_timeout);
  stage_ = Stage::upgrading;
  stream.set_events(*this);
  if (entrance.tls() == nullptr) return;
  stage_ = Stage::securing;
  auto secured = entrance.tls()->accept(slot_, stream, *this, server_.port());
  if (secured) {
    stream_ = *secured;
  } else {
    server_.log(LogLevel::warning, "tls", secured.error().message());
    end();
  }
}

Instant Connection::next_deadline() const noexcept {
  if (stage_ != Stage::open) return deadline_;
  return std::min({deadline_, service_deadline_, seat_->session().next_deadline()});
}

void Connection::turn() noexcept {
  if (stage_ == Stage::open) return turn_open();
  if (server_.now() < deadline_) return;
  deadline_ = never;
  if (stage_ == Stage::upgrading) {
    refuse(408);
  } else {
    end();
  }
}

void Connection::turn_open() noexcept {
  if (server_.now() >= service_deadline_) {
    service_deadline_ = never;
    service_->on_deadline(*this);
  }
  Session& session = seat_->session();
  session.on_turn();
  // A queued goodbye: everything before it has been taken by the stream.
  if (!close_when_sent_ || (seat_->ring().count() != 0 && server_.now() < deadline_)) return;
  close_when_sent_ = false;
  deadline_ = never;
  session.close(close_code_, std::string_view(close_reason_.data(), close_reason_size_));
  session.on_turn();
}

// ---- for services

bool Connection::send(std::string_view text) noexcept {
  return push(ws::MessageType::text, std::as_bytes(std::span(text.data(), text.size())));
}

bool Connection::send_binary(std::span<const std::byte> bytes) noexcept {
  return push(ws::MessageType::binary, bytes);
}

bool Connection::push(ws::MessageType type, std::span<const std::byte> bytes) noexcept {
  if (stage_ != Stage::open || close_when_sent_ || !seat_->session().is_open()) return false;
  OutboundOptions options;
  options.type = type;
  if (!seat_->ring().try_push(bytes, options)) {
    seat_->count_refused();
    return false;
  }
  if (!in_message_) server_.wake(*this);
  return true;
}

void Connection::close(std::uint16_t code, std::string_view reason) noexcept {
  if (stage_ != Stage::open || close_when_sent_) return;
  close_when_sent_ = true;
  close_code_ = code;
  close_reason_size_ = std::min(reason.size(), close_reason_.size());
  std::copy_n(reason.begin(), close_reason_size_, close_reason_.begin());
  deadline_ = after(server_.now(), seats_->config().close_timeout);
  server_.wake(*this);
}

void Connection::cut() noexcept {
  if (stage_ == Stage::open) {
    seat_->session().abort(Error(ErrorKind::connection, "cut by the server"));
  } else {
    end();
  }
}

void Connection::cut(CutKind how, std::string_view reason) noexcept {
  how == CutKind::abrupt ? cut() : close(ws::close_code::normal, reason);
}

void Connection::set_deadline(Instant deadline) noexcept {
  service_deadline_ = deadline;
  server_.connection_turn_done(*this);
}

void Connection::shut_down() noexcept {
  if (stage_ == Stage::open) {
    close(ws::close_code::going_away, "server_shutdown");
  } else {
    end();
  }
}

// ---- TLS and upgrade

void Connection::on_open() noexcept {
  if (stage_ == Stage::securing) stage_ = Stage::upgrading;
  on_readable();
}

void Connection::on_error(const Error& error) noexcept {
  server_.log(LogLevel::info, "tls", error.message());
  end();
}

void Connection::on_readable() noexcept {
  if (stage_ == Stage::upgrading) read_upgrade();
  if (stage_ == Stage::refusing) read_away();
  server_.connection_turn_done(*this);
}

// Reads what still comes: closing with unread bytes would reset the line before the refusal arrives. Bounded,
// as no event follows a read that filled its span and a peer may send for ever; the deadline ends it.
void Connection::read_away() noexcept {
  for (int reads = 0; reads < 16; ++reads) {
    const IoResult result = stream_->read(read_buffer_);
    if (result.status == IoStatus::end || result.status == IoStatus::error) return end();
    if (result.status == IoStatus::would_block || result.bytes < read_buffer_.size()) return;
  }
}

void Connection::read_upgrade() noexcept {
  for (;;) {
    const IoResult result = stream_->read(read_buffer_);
    if (result.status == IoStatus::would_block) return;
    if (result.status != IoStatus::ok) return end();
    std::size_t taken = 0;
    const auto bytes = std::span<const std::byte>(read_buffer_).first(result.bytes);
    const Result<bool> complete = upgrade_.feed(bytes, &taken);
    if (!complete) {
      server_.log(LogLevel::info, "upgrade", complete.error().message());
      return refuse(complete.error().layer_code());
    }
    if (*complete) return answer_upgrade(bytes.subspan(taken));
    if (result.bytes < read_buffer_.size()) return;
  }
}

void Connection::answer_upgrade(std::span<const std::byte> early) noexcept {
  if (server_.shutting_down_) return refuse(503, config_.retry_after);
  service_ = entrance_->service_for(upgrade_.request().path);
  if (service_ == nullptr) return refuse(404);
  seats_ = &server_.seats_of(*service_);
  seat_ = seats_->take();
  if (seat_ == nullptr) return refuse(503, config_.retry_after);
  const Admission admission = service_->admit(upgrade_);
  if (admission.status != 101) return refuse(admission.status, admission.retry_after);
  tag_ = admission.tag;
  BufferSink head(std::as_writable_bytes(std::span(head_)));
  if (!upgrade_.accept(head)) return refuse(500);
  head_written_ = 0;
  head_size_ = head.size();
  stage_ = Stage::accepting;
  write_head();
  if (stage_ != Stage::accepting) return;
  if (head_written_ == head_size_) return open_session(early);
  // The read buffer is everybody's, so frames cannot wait in it until the rest of the 101 is taken. No client
  // may send frames before it has read the 101 (RFC 6455 section 4.1): only one that does is cut off here.
  if (!early.empty()) end();
}

void Connection::open_session(std::span<const std::byte> early) noexcept {
  Session& session = seat_->session();
  session.set_keepalive(service_->pings() ? seats_->config().keepalive : no_keepalive);
  if (!session.start(server_.port(), *stream_, early, *this)) return end();
  upgrade_.start();  // which wipes the request: a credential may be in it
  session.open_gate();
  stage_ = Stage::open;
  deadline_ = never;
  service_->on_open(*this);
  turn();
}

// Nobody sits where somebody is turned away.
void Connection::leave_seat() noexcept {
  if (seat_ == nullptr) return;
  seats_->give_back(*seat_);
  seat_ = nullptr;
}

void Connection::refuse(int status, std::chrono::seconds retry_after) noexcept {
  leave_seat();
  BufferSink head(std::as_writable_bytes(std::span(head_)));
  if (!ws::UpgradeServer::refuse(status, retry_after, head)) return end();
  stage_ = Stage::refusing;
  deadline_ = after(server_.now(), config_.refuse_timeout);
  head_written_ = 0;
  head_size_ = head.size();
  write_head();
}

void Connection::write_head() noexcept {
  const auto rest = std::as_bytes(std::span(head_)).subspan(head_written_, head_size_ - head_written_);
  if (rest.empty()) return;
  const IoResult result = stream_->write(rest);
  if (result.status == IoStatus::error) return end();
  if (result.status == IoStatus::ok) head_written_ += result.bytes;
  if (stage_ == Stage::refusing && head_written_ == head_size_) stream_->shutdown_write();
}

void Connection::on_writable() noexcept {
  if (stage_ == Stage::refusing || stage_ == Stage::accepting) write_head();
  if (stage_ == Stage::accepting && head_written_ == head_size_) open_session({});
  server_.connection_turn_done(*this);
}

void Connection::end() noexcept {
  if (stage_ == Stage::free || stage_ == Stage::ending) return;
  stage_ = Stage::ending;
  deadline_ = never;
  stream_->close();
}

void Connection::on_closed() noexcept {
  leave_seat();
  upgrade_.start();
  stage_ = Stage::free;
  stream_ = nullptr;
  deadline_ = service_deadline_ = never;
  server_.connection_freed(*this);
}

// ---- the session

void Connection::on_message(ws::MessageType type, std::span<const std::byte> payload) noexcept {
  if (close_when_sent_) return;  // the goodbye is queued: nothing more is answered
  in_message_ = true;
  service_->on_message(*this, type, payload);
  in_message_ = false;
}

void Connection::on_session_event() noexcept {
  turn();
  server_.connection_turn_done(*this);
}

void Connection::on_session_ended(const Error& why) noexcept {
  stage_ = Stage::ending;
  service_->on_closed(*this, why);
  on_closed();
}

}  // namespace kedge::server
