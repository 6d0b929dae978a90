#include "session.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace kedge {

using ws::Opcode;

Session::Session(const SessionConfig& config, const SessionMemory& memory, OutboundRing& ring,
                 Statistics& statistics) noexcept
    : config_(config),
      memory_(memory),
      ring_(ring),
      statistics_(statistics),
      reader_(config.role, config.too_large, config.inbound_message_bytes_max, *memory.messages),
      keepalive_(config.keepalive) {
  // A frame must fit into an empty write buffer whole.
  const std::size_t room = memory.write_buffer.size() - ws::frame_header_bytes_max;
  config_.fragment_bytes_max =
      static_cast<std::uint32_t>(std::min<std::size_t>(config.fragment_bytes_max, room));
}

Result<void> Session::start(Port& port, Stream& stream, std::span<const std::byte> early,
                            SessionEvents& events) noexcept {
  if (auto opened = reader_.open(); !opened) return opened;
  port_ = &port;
  stream_ = &stream;
  events_ = &events;
  ring_.connection_begins();
  enter(Phase::open);
  gate_open_ = paused_ = write_blocked_ = write_pending_ = write_failed_ = write_secret_ = write_shut_ =
      false;
  ping_due_ = pong_due_ = close_due_ = close_sent_ = close_received_ = false;
  // What the stream below holds already (a filled read, TLS's decrypted rest) brings no event: look once.
  read_pending_ = true;
  feed_pending_ = false;
  if (!early.empty()) std::memmove(memory_.read_buffer.data(), early.data(), early.size());
  unread_ = memory_.read_buffer.first(early.size());
  write_begin_ = write_end_ = 0;
  accepted_bytes_ = 0;
  parting_messages_ = 0;
  close_deadline_ = broken_deadline_ = never;
  why_ = Error{};
  peer_close_ = {};
  keepalive_.start(port.now());
  stream.set_events(*this);
  return {};
}

void Session::set_keepalive(const KeepaliveConfig& keepalive) noexcept {
  keepalive_.configure(keepalive);
  if (active()) keepalive_.start(port_->now());
}

Instant Session::next_deadline() const noexcept {
  if (phase_ == Phase::idle || phase_ == Phase::ending) return never;
  const bool write_due = ping_due_ || pong_due_ || close_due_ || write_pending_;
  const bool read_due = paused_ ? write_failed_ && broken_deadline_ == never : read_pending_ || write_failed_;
  if (read_due || (write_due && !write_blocked_)) return Instant::min();
  const bool watching = phase_ == Phase::open && !paused_;
  const Instant watched = watching ? keepalive_.next_deadline() : never;
  return std::min({close_deadline_, broken_deadline_, watched});
}

void Session::on_turn() noexcept {
  if (phase_ == Phase::idle || phase_ == Phase::ending) return;
  if (!paused_ && read_pending_) {
    read_once();
    // A stream may find its end right behind bytes (TLS does), and nobody is there to tell when it is read
    // outside of its events: what is read in a turn is read until it would block.
    if (phase_ != Phase::ending && read_bytes_ != 0) read_pending_ = true;
  }
  const Instant now = port_->now();
  if (paused_ && write_failed_) hold_what_arrived(now);
  if (phase_ != Phase::ending && now >= close_deadline_) {
    end(close_received_ ? Error{}
                        : Error(ErrorKind::timeout, Layer::websocket, ws::close_code::abnormal,
                                "the peer did not answer the closing handshake in time"));
  }
  if (phase_ == Phase::open && !paused_) {
    switch (keepalive_.poll(now)) {
      case Keepalive::Due::nothing:
        break;
      case Keepalive::Due::ping:
        ping_due_ = true;
        break;
      case Keepalive::Due::dead:
        end(Error(ErrorKind::timeout, Layer::websocket, ws::close_code::abnormal,
                  "the peer is silent: no byte came within the keepalive's timeout after a ping"));
        break;
    }
  }
  flush();
  check();
}

void Session::on_closed() noexcept {
  enter(Phase::idle);
  reader_.close();
  ring_.connection_lost();
  wipe(memory_.write_buffer);  // frames of ours, longer ones before the last
  events_->on_session_ended(why_);
}

// ---- reading

void Session::pause_reading() noexcept {
  if (phase_ != Phase::open) return;
  paused_ = true;
  reader_.pause();
}

void Session::resume_reading() noexcept {
  if (!paused_) return;
  paused_ = false;
  broken_deadline_ = never;
  // No event will come for what is held in between: drive everything once.
  read_pending_ = feed_pending_ = true;
  keepalive_.start(port_->now());
}

// The line is broken while nobody reads. What has arrived is handed up after the pause, and the loss told
// then. Not for ever: who reads again only when what it sends is out would wait for itself.
void Session::hold_what_arrived(Instant now) noexcept {
  if (now >= broken_deadline_) return on_stream_broken();
  if (broken_deadline_ != never) return;
  broken_deadline_ = after(now, config_.close_timeout);
  if (holds_unread()) return;
  const IoResult result = read_some();
  if (result.status == IoStatus::end) return on_stream_end();
  if (result.status != IoStatus::ok) return on_stream_broken();
  unread_ = memory_.read_buffer.first(result.bytes);
}

IoResult Session::read_some() noexcept {
  const IoResult result = stream_->read(memory_.read_buffer);
  ++statistics_.reads;
  if (result.status == IoStatus::ok) statistics_.stream_bytes_in += result.bytes;
  return result;
}

void Session::on_readable() noexcept {
  read_pending_ = true;
  if (!paused_) read_once();
  events_->on_session_event();
}

void Session::read_once() noexcept {
  read_bytes_ = 0;
  feed();
  if (phase_ == Phase::draining) {
    unread_ = {};
    feed_pending_ = false;
  }
  if (paused_ || holds_unread() || phase_ == Phase::idle || phase_ == Phase::ending) return;
  const IoResult result = read_some();
  switch (result.status) {
    case IoStatus::would_block:
      read_pending_ = false;
      if (write_failed_) on_stream_broken();
      return;
    case IoStatus::error:
      on_stream_broken();
      return;
    case IoStatus::end:
      on_stream_end();
      return;
    case IoStatus::ok:
      break;
  }
  read_bytes_ = result.bytes;
  read_pending_ = write_failed_ || result.bytes == memory_.read_buffer.size();
  keepalive_.heard(port_->now());
  if (phase_ == Phase::draining) return;
  unread_ = memory_.read_buffer.first(result.bytes);
  feed();
}

void Session::feed() noexcept {
  if (phase_ != Phase::open && phase_ != Phase::closing) return;
  if (unread_.empty() && !feed_pending_) return;
  std::size_t taken = 0;
  const std::span<const std::byte> bytes = unread_;
  feed_pending_ = false;  // before: a handler that pauses and resumes sets it again
  const Result<void> fed = reader_.feed(bytes, &taken, *this);
  unread_ = bytes.subspan(taken);
  if (paused_) feed_pending_ = true;
  if (fed || phase_ == Phase::ending) return;
  ++statistics_.protocol_errors;
  queue_close(static_cast<std::uint16_t>(fed.error().layer_code()), fed.error().message());
  if (!why_) why_ = fed.error();
  drain();
}

// After both close frames a reset is the peer's way to close, no failure.
void Session::on_stream_broken() noexcept {
  end(close_received_ ? Error{} : stream_->error());
}

void Session::on_stream_end() noexcept {
  if (close_received_) return end(Error{});
  end(Error(ErrorKind::connection, Layer::websocket, ws::close_code::abnormal,
            "the peer ended the connection without a closing handshake"));
}

void Session::on_message(ws::MessageType type, std::span<const std::byte> payload) noexcept {
  if (phase_ != Phase::open) return;
  ++statistics_.messages_in;
  statistics_.message_bytes_in += payload.size();
  events_->on_message(type, payload);
}

void Session::on_piece(ws::MessageType type, std::span<const std::byte> piece, bool first,
                       bool last) noexcept {
  if (phase_ != Phase::open) return;
  if (last) ++statistics_.messages_in;
  statistics_.message_bytes_in += piece.size();
  events_->on_piece(type, piece, first, last);
}

void Session::on_discarded(ws::MessageType type, std::uint64_t bytes) noexcept {
  if (phase_ != Phase::open) return;
  ++statistics_.discarded_messages;
  events_->on_discarded(type, bytes);
}

void Session::on_ping(std::span<const std::byte> payload) noexcept {
  // A pong still owed goes to the write buffer, behind whole frames. Where that is full the newer ping takes
  // its place: of several only the last need be answered (RFC 6455 section 5.5.3).
  if (pong_due_) put_pong();
  std::copy(payload.begin(), payload.end(), pong_payload_.begin());
  pong_size_ = static_cast<std::uint8_t>(payload.size());
  pong_due_ = !close_sent_;
}

void Session::on_pong(std::span<const std::byte> payload) noexcept {
  ++statistics_.pongs_received;
  if (const auto round_trip = keepalive_.pong(port_->now(), payload)) statistics_.round_trip = *round_trip;
}

// ---- writing

void Session::on_writable() noexcept {
  write_blocked_ = write_failed_;
  events_->on_session_event();
}

void Session::flush() noexcept {
  write_pending_ = false;
  while (phase_ != Phase::idle && phase_ != Phase::ending && !write_blocked_) {
    if (write_begin_ == write_end_ && (write_pending_ || !fill())) break;
    const std::size_t size = write_end_ - write_begin_;
    const IoResult result = stream_->write(memory_.write_buffer.subspan(write_begin_, size));
    ++statistics_.writes;
    if (result.status == IoStatus::error) {
      // What the peer said before it broke the line may lie unread, and says better why (a close code decides
      // whether to try again): read it all first.
      write_failed_ = write_blocked_ = read_pending_ = true;
      return;
    }
    write_blocked_ = result.status == IoStatus::would_block || result.bytes < size;
    if (write_blocked_) parting_messages_ = 0;
    if (result.status != IoStatus::ok) continue;
    statistics_.stream_bytes_out += result.bytes;
    write_begin_ += result.bytes;
    accepted_bytes_ += result.bytes;
    if (write_secret_ && write_begin_ == write_end_) {
      wipe(memory_.write_buffer.first(write_end_));
      write_secret_ = false;
    }
    ring_.accepted(accepted_bytes_);
  }
  const bool flushed = write_begin_ == write_end_ && close_sent_;
  if (phase_ != Phase::draining || !flushed || config_.role != ws::Role::server) return;
  if (close_received_) return end(Error{});
  // A peer that broke the rules may still be sending: ending with its bytes unread would reset the line, and
  // could destroy our close frame before it is read. Its end, or the deadline, ends the stream.
  if (!std::exchange(write_shut_, true)) stream_->shutdown_write();
}

// Frames into the empty write buffer: pongs and pings, messages, the close frame. False when there is none.
bool Session::fill() noexcept {
  write_begin_ = write_end_ = 0;
  put_control_frames();
  const Instant now = port_->now();
  while (phase_ == Phase::open || parting_messages_ != 0) {
    Handle entry = ring_.next(now, !gate_open_);
    if (phase_ != Phase::open && !ring_.parts(entry)) entry = {};
    if (!entry) parting_messages_ = 0;
    if (!entry || !put_fragment(entry)) break;
  }
  put_close();
  return write_end_ != 0;
}

void Session::put_control_frames() noexcept {
  if (close_sent_) return;
  if (pong_due_) put_pong();
  if (ping_due_) {
    const auto payload = keepalive_.ping_payload();
    if (put_control(Opcode::ping, payload)) {
      ping_due_ = false;
      ++statistics_.pings_sent;
    }
  }
}

void Session::put_pong() noexcept {
  if (put_control(Opcode::pong, std::span(pong_payload_).first(pong_size_))) pong_due_ = false;
}

// Writes a frame's header if the whole frame fits; draws its mask key. Inline: each
// message comes through here.
inline bool Session::put_header(ws::FrameHeader& header) noexcept {
  const std::size_t room = memory_.write_buffer.size() - write_end_;
  if (ws::frame_header_bytes(header.payload_bytes, header.masked) + header.payload_bytes > room) return false;
  if (header.masked && !memory_.masks->next(*port_, header.mask_key)) {
    end(Error(ErrorKind::connection, Layer::system, 0,
              "the port's random source failed: no mask key, nothing may be sent"));
    return false;
  }
  write_end_ += ws::encode_frame_header(header, memory_.write_buffer.data() + write_end_);
  return true;
}

bool Session::put_control(Opcode opcode, std::span<const std::byte> payload) noexcept {
  ws::FrameHeader header{
      .fin = true, .opcode = opcode, .payload_bytes = payload.size(), .masked = masked(), .mask_key = 0};
  if (!put_header(header)) return false;
  ws::mask_copy(memory_.write_buffer.data() + write_end_, payload.data(), payload.size(), header.mask_key, 0);
  write_end_ += payload.size();
  return true;
}

bool Session::put_fragment(Handle entry) noexcept {
  const OutboundRing::View view = ring_.view(entry);
  if (view.streamed) return put_piece(entry, view);
  const std::uint32_t rest = view.bytes - view.written;
  const std::uint32_t size = std::min(rest, config_.fragment_bytes_max);
  ws::FrameHeader header{.fin = size == rest,
                         .opcode = view.written == 0 ? opcode_of(view.type) : Opcode::continuation,
                         .payload_bytes = size,
                         .masked = masked(),
                         .mask_key = 0};
  if (!put_header(header)) return false;
  write_secret_ = write_secret_ || view.reserved;
  std::byte* payload = memory_.write_buffer.data() + write_end_;
  write_end_ += size;
  ring_.take(entry, payload, size, header.mask_key, accepted_bytes_ + write_end_);
  if (header.fin) {
    if (parting_messages_ != 0) --parting_messages_;
    ++statistics_.messages_out;
    statistics_.message_bytes_out += view.bytes;
  }
  return true;
}

// A source is asked for as much as a fragment holds, so that what it gives by and by does not go out in
// splinters.
bool Session::put_piece(Handle entry, const OutboundRing::View& view) noexcept {
  if (phase_ != Phase::open) {
    parting_messages_ = 0;  // what is not here yet is not owed
    return false;
  }
  const std::span<std::byte> rest = memory_.write_buffer.subspan(write_end_);
  const std::size_t header_bytes = ws::frame_header_bytes(config_.fragment_bytes_max, masked());
  if (header_bytes + config_.fragment_bytes_max > rest.size()) return false;
  const std::span<std::byte> room = rest.subspan(header_bytes, config_.fragment_bytes_max);
  const OutboundSource::Given piece = ring_.fill(entry, room);
  if (!ring_.holds(entry)) return false;  // its source has cancelled it
  if (piece.bytes == 0 && !piece.last) return false;
  ws::FrameHeader header{.fin = piece.last,
                         .opcode = view.written == 0 ? opcode_of(view.type) : Opcode::continuation,
                         .payload_bytes = piece.bytes,
                         .masked = masked(),
                         .mask_key = 0};
  if (!put_header(header)) return false;
  // A shorter payload has a shorter header: its bytes move to the front, which a forward copy may do.
  ws::mask_copy(memory_.write_buffer.data() + write_end_, room.data(), piece.bytes, header.mask_key, 0);
  write_end_ += piece.bytes;
  ring_.filled(entry, piece, accepted_bytes_ + write_end_);
  statistics_.message_bytes_out += piece.bytes;
  if (piece.last) ++statistics_.messages_out;
  // A fast source on a fast line would never let go of the loop: one buffer of it a turn.
  write_pending_ = true;
  return true;
}

// The stream was open before it came here.
void Session::on_open() noexcept {}
void Session::on_error(const Error& error) noexcept {
  end(error);
}

}  // namespace kedge
