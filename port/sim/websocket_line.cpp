#include "websocket_line.hpp"

#include "../../src/ws/close_code.hpp"
#include "../../src/ws/http_text.hpp"
#include "websocket_host.hpp"

#include <algorithm>

namespace kedge::sim::detail {

namespace {

std::string_view text_of(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::span<const std::byte> bytes_of(std::string_view text) noexcept {
  return std::as_bytes(std::span(text.data(), text.size()));
}

constexpr std::size_t reason_bytes_max = ws::control_payload_bytes_max - 2;
constexpr std::uint16_t headers_max = 1000;

}  // namespace

WebSocketLine::WebSocketLine(WebSocketHost& host, std::size_t number, Peer peer, const Reception& reception)
    : host_(host),
      number_(number),
      peer_(peer),
      accepted_at_(host.world.now()),
      reception_(reception),
      head_(host.config.request_bytes_max),
      upgrade_(head_, headers_max) {
  upgrade_.start();
}

bool WebSocketLine::is_open() const noexcept {
  return may_send() && close_code_ == 0 && !end_seen_;
}

bool WebSocketLine::offers(std::string_view subprotocol) const noexcept {
  std::string_view list = header("Sec-WebSocket-Protocol");
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (ws::trimmed(list.substr(0, comma)) == subprotocol) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

// --- in ----------------------------------------------------------------------------------------------------

void WebSocketLine::begin() noexcept {
  if (reception_.kind() != Reception::Kind::greet) return;
  prepare_answer();
}

void WebSocketLine::on_event(PeerEvent event) noexcept {
  switch (event) {
    case PeerEvent::bytes:
      return read();
    case PeerEvent::end:
      end_seen_ = true;
      return read();
    case PeerEvent::reset:
      was_reset_ = true;
      peer_.close();
      return finish(true);
    case PeerEvent::writable:
      return flush();
    default:
      return;
  }
}

void WebSocketLine::read() noexcept {
  if (reading_) return;  // from a handler: the loop below goes on
  reading_ = true;
  while (!stalled_ && phase_ != Phase::waiting && phase_ != Phase::over) {
    if (unread_.empty() && !reader_paused_) {
      unread_.resize(std::min<std::size_t>(peer_.readable(), 16 * 1024));
      if (unread_.empty()) break;
      unread_.resize(peer_.read(std::as_writable_bytes(std::span(unread_))));
    }
    take();
  }
  reading_ = false;
  if (phase_ == Phase::over) return reader_.close();
  // A client that gives up does not wait for an answer.
  if (end_seen_ && !stalled_) leave();
}

void WebSocketLine::take() noexcept {
  reader_paused_ = false;
  if (phase_ == Phase::asking) return take_request();
  if (phase_ == Phase::leaving) return unread_.clear();
  std::size_t taken = 0;
  const Result<void> fed = reader_.feed(bytes_of(unread_), &taken, *this);
  unread_.erase(0, taken);
  if (phase_ == Phase::open && !fed) fail(fed.error());
}

void WebSocketLine::take_request() noexcept {
  std::size_t taken = 0;
  const Result<bool> complete = upgrade_.feed(bytes_of(unread_), &taken);
  request_.append(unread_, 0, taken);
  unread_.erase(0, taken);
  if (complete && !*complete) return;
  if (reception_.kind() == Reception::Kind::greet) {
    phase_ = Phase::waiting;
    return;
  }
  if (complete) {
    phase_ = Phase::waiting;
    return prepare_answer();
  }
  fail(complete.error());
}

void WebSocketLine::on_message(ws::MessageType type, std::span<const std::byte> payload) noexcept {
  on_piece(type, payload, true, true);
}

void WebSocketLine::on_piece(ws::MessageType type, std::span<const std::byte> piece, bool,
                             bool last) noexcept {
  if (piece.size() > host_.config.message_bytes_max - joining_.payload.size()) {
    return fail(Error(ErrorKind::too_large, Layer::websocket, ws::close_code::message_too_big,
                      "a message is larger than WebSocketPeerConfig::message_bytes_max"));
  }
  joining_.payload.append(text_of(piece));
  if (!last) return;
  joining_.binary = type == ws::MessageType::binary;
  joining_.at = host_.world.now();
  messages_.push_back(std::exchange(joining_, {}));
  if (host_.on_message) host_.on_message(*this, messages_.back());
}

void WebSocketLine::on_ping(std::span<const std::byte> payload) noexcept {
  ++pings_;
  last_ping_ = text_of(payload);
  if (host_.config.answers_pings) pong(last_ping_);
}

void WebSocketLine::on_pong(std::span<const std::byte> payload) noexcept {
  ++pongs_;
  last_pong_ = text_of(payload);
}

void WebSocketLine::on_close(std::uint16_t code, std::string_view reason) noexcept {
  close_code_ = code;
  close_reason_ = reason;
  if (close_sent_) return leave();
  if (host_.config.answers_close) close(code, {});
}

void WebSocketLine::fail(const Error& error) noexcept {
  failure_ = error;
  host_.fail(error);
  if (error.layer() == Layer::http) {
    std::byte room[512];
    BufferSink refusal(room);
    if (ws::UpgradeServer::refuse(error.layer_code(), {}, refusal)) write(refusal.text());
  } else {
    close(static_cast<std::uint16_t>(error.layer_code()), error.message().substr(0, reason_bytes_max));
  }
  leave();
}

// --- the answer --------------------------------------------------------------------------------------------

bool WebSocketLine::answer(const Reception& reception) noexcept {
  const Reception::Kind kind = reception.kind();
  if (answered_ || end_wanted_ || phase_ > Phase::waiting || kind == Reception::Kind::refuse_connection ||
      kind == Reception::Kind::ignore_connection) {
    return false;
  }
  reception_ = reception;
  ++answers_;  // one that is delayed comes no more
  if (phase_ == Phase::waiting || kind == Reception::Kind::greet) prepare_answer();
  return true;
}

void WebSocketLine::prepare_answer() noexcept {
  ++answers_;
  if (reception_.delay() > Duration::zero()) {
    host_.answer_later(*this, answers_, reception_.delay());
  } else {
    give_answer(answers_);
  }
}

void WebSocketLine::give_answer(std::size_t nth) noexcept {
  if (nth != answers_ || end_wanted_ || phase_ > Phase::waiting) return;
  answered_ = reception_.kind() != Reception::Kind::hold;
  switch (reception_.kind()) {
    case Reception::Kind::accept:
      open();
      break;
    case Reception::Kind::refuse:
      write(reception_.bytes() + reception_.headers() + "Connection: close\r\nContent-Length: 0\r\n\r\n");
      then(reception_.what_then());
      return leave();
    case Reception::Kind::say:
    case Reception::Kind::greet:
      write(reception_.bytes());
      break;
    default:
      return;
  }
  then(reception_.what_then());
  read();
}

void WebSocketLine::open() noexcept {
  std::byte room[512];
  BufferSink accepted(room);
  Result<void> able = upgrade_.accept(accepted);
  if (able) able = reader_.open();
  if (!able) return fail(able.error());
  const std::string_view text = accepted.text();
  constexpr std::string_view line_end = "\r\n";
  write(std::string(text.substr(0, text.size() - line_end.size())) + reception_.headers() +
        std::string(line_end));
  phase_ = Phase::open;
  if (host_.on_open) host_.on_open(*this);
}

void WebSocketLine::then(Reception::Then what) noexcept {
  if (what == Reception::Then::end) end();
  if (what == Reception::Then::cut) cut();
  if (what == Reception::Then::stall) stall();
}

// --- out ---------------------------------------------------------------------------------------------------

bool WebSocketLine::write(std::string_view bytes) noexcept {
  if (phase_ >= Phase::leaving || end_wanted_) return false;
  out_ += bytes;
  flush();
  return true;
}

void WebSocketLine::flush() noexcept {
  out_.erase(0, peer_.write(out_));
  settle();
}

bool WebSocketLine::put_frame(std::uint8_t opcode, std::string_view payload, bool fin) {
  std::byte header[ws::frame_header_bytes_max];
  const std::size_t size = ws::encode_frame_header(
      {.fin = fin, .opcode = static_cast<ws::Opcode>(opcode), .payload_bytes = payload.size()}, header);
  return write(std::string(text_of({header, size})).append(payload));
}

bool WebSocketLine::send_frame(std::uint8_t opcode, std::string_view payload, bool fin) noexcept {
  return phase_ == Phase::open && put_frame(opcode, payload, fin);
}

bool WebSocketLine::send(std::string_view text) noexcept {
  return may_send() && put_frame(static_cast<std::uint8_t>(ws::Opcode::text), text);
}

bool WebSocketLine::send_binary(std::span<const std::byte> bytes) noexcept {
  return may_send() && put_frame(static_cast<std::uint8_t>(ws::Opcode::binary), text_of(bytes));
}

bool WebSocketLine::send_in_fragments(std::string_view text, std::size_t fragment_bytes) noexcept {
  if (!may_send() || fragment_bytes == 0) return false;
  ws::Opcode opcode = ws::Opcode::text;
  while (text.size() > fragment_bytes) {
    put_frame(static_cast<std::uint8_t>(opcode), text.substr(0, fragment_bytes), false);
    text.remove_prefix(fragment_bytes);
    opcode = ws::Opcode::continuation;
  }
  return put_frame(static_cast<std::uint8_t>(opcode), text);
}

bool WebSocketLine::ping(std::string_view payload) noexcept {
  return may_send() && payload.size() <= ws::control_payload_bytes_max &&
         put_frame(static_cast<std::uint8_t>(ws::Opcode::ping), payload);
}

bool WebSocketLine::pong(std::string_view payload) noexcept {
  return may_send() && payload.size() <= ws::control_payload_bytes_max &&
         put_frame(static_cast<std::uint8_t>(ws::Opcode::pong), payload);
}

// --- the end -----------------------------------------------------------------------------------------------

bool WebSocketLine::close(std::uint16_t code, std::string_view reason) noexcept {
  if (!may_send() || reason.size() > reason_bytes_max) return false;
  if (code == ws::close_code::none_received && !reason.empty()) return false;
  std::string payload;
  if (code != ws::close_code::none_received) {
    payload = {static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
    payload += reason;
  }
  put_frame(static_cast<std::uint8_t>(ws::Opcode::close), payload);
  close_sent_ = true;
  if (close_code_ != 0) leave();
  return true;
}

void WebSocketLine::cut() noexcept {
  if (phase_ == Phase::over) return;
  peer_.reset();
  finish(false);
}

void WebSocketLine::end() noexcept {
  end_wanted_ = true;
  settle();
}

void WebSocketLine::stall() noexcept {
  stalled_ = true;
  pause_reader();
}

void WebSocketLine::go_on() noexcept {
  stalled_ = false;
  read();
}

void WebSocketLine::pause_reader() noexcept {
  if (!reading_) return;
  reader_.pause();
  reader_paused_ = true;
}

void WebSocketLine::leave() noexcept {
  if (phase_ >= Phase::leaving) return settle();
  phase_ = Phase::leaving;
  pause_reader();
  settle();
}

void WebSocketLine::settle() noexcept {
  if (phase_ == Phase::over || !out_.empty()) return;
  if (!finished_ && (phase_ == Phase::leaving || end_wanted_)) {
    finished_ = true;
    peer_.finish();
  }
  if (phase_ != Phase::leaving || !end_seen_ || stalled_) return;
  peer_.close();
  finish(true);
}

void WebSocketLine::finish(bool told) noexcept {
  if (phase_ == Phase::over) return;
  phase_ = Phase::over;
  out_.clear();
  unread_.clear();
  pause_reader();
  if (!reading_) reader_.close();
  if (told && host_.on_end) host_.on_end(*this);
}

}  // namespace kedge::sim::detail
