#include "server.hpp"

#include "../psa_randomness.hpp"
#include "support/certificates.hpp"

#include <mbedtls/base64.h>
#include <mbedtls/md.h>

#include <array>
#include <cstdlib>

namespace kedge::rig {

namespace {

using namespace std::chrono_literals;

constexpr Duration ping_every = 20s;  // as the real agent-gate
constexpr Duration pong_within = 20s;
constexpr Duration close_within = 2s;
constexpr Duration handshake_within = 30s;

std::string accept_of(const std::string& key) {
  const std::string text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, 20> digest;
  std::array<unsigned char, 64> encoded;
  std::size_t size = 0;
  (void)mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA1),
                   reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  (void)mbedtls_base64_encode(encoded.data(), encoded.size(), &size, digest.data(), digest.size());
  return {reinterpret_cast<const char*>(encoded.data()), size};
}

std::string header(const std::string& head, std::string_view name) {
  const std::size_t at = head.find("\r\n" + std::string(name) + ": ");
  if (at == std::string::npos) return {};
  const std::size_t from = at + name.size() + 4;
  return head.substr(from, head.find("\r\n", from) - from);
}

// Made once: keys are what a real handshake's preparation costs most.
struct Identity {
  test::Certificate ca = test::make_ca();
  test::Certificate server =
      test::make_certificate({.name = "gateway", .dns_names = {"gateway"}, .issuer = &ca});
};
const Identity& identity() {
  static const Identity made;
  return made;
}

}  // namespace

struct Wire::RealTls {
  explicit RealTls(tls::Server& server) : stream(server, buffer) {}
  std::array<std::byte, tls::record_bytes_max> buffer;
  tls::ServerStream stream;
};

Wire::Wire(ModelServer& server, Stream& below, const Conduct& conduct, std::uint64_t number)
    : server_(server), stream_(&below), conduct_(conduct), number_(number), heard_(server.run_.world.now()) {
  below.set_events(*this);
  if (conduct_.upgrade == Conduct::Upgrade::close_at_once) {
    drop();
    return;
  }
  switch (server_.tls_) {
    case ModelServer::Tls::none:
      ready_ = true;
      break;
    case ModelServer::Tls::model:
      if (auto started = model_tls_.start(below, *this, conduct_.tls)) stream_ = *started;
      break;
    case ModelServer::Tls::real:
      real_tls_ = std::make_shared<RealTls>(*server_.real_);
      if (auto started = real_tls_->stream.start(below, *this)) {
        stream_ = *started;
      } else {
        drop();
      }
      break;
  }
}

void Wire::on_open() noexcept {
  ready_ = true;
}

void Wire::on_error(const Error&) noexcept {
  drop();
}

void Wire::on_readable() noexcept {
  read();
  flush();
}

void Wire::on_closed() noexcept {
  gone_ = true;
  if (upgraded_) server_.service_.on_gone(*this);
}

void Wire::read() {
  std::array<std::byte, 4096> buffer;
  while (!dropped_) {
    const IoResult result = stream_->read(buffer);
    if (result.status == IoStatus::would_block) return;
    if (result.status != IoStatus::ok) return drop();
    heard_ = server_.run_.world.now();
    pinged_ = false;
    reader_.feed(std::span(buffer).first(result.bytes));
    if (const auto head = reader_.head()) upgrade(*head);
    while (!dropped_) {
      const auto frame = reader_.next();
      if (!frame) break;
      if (!upgraded_) server_.run_.broke("nothing follows a refused upgrade", "a frame came");
      take(*frame);
    }
    refuse_too_large();
    if (reader_.broken() != nullptr)
      server_.run_.broke("the client's frames are well formed", reader_.broken());
    if (result.bytes < buffer.size()) return;
  }
}

void Wire::upgrade(const std::string& head) {
  Run& run = server_.run_;
  const std::string key = header(head, "Sec-WebSocket-Key");
  run.check(head.starts_with("GET " + std::string(server_.target_) + " HTTP/1.1\r\n") && key.size() == 24 &&
                header(head, "Sec-WebSocket-Version") == "13",
            "the upgrade is asked for properly", [&] { return head; });
  const auto refuse = [&](std::string answer) {
    out_ += answer;
    finish_ = true;
  };
  switch (conduct_.upgrade) {
    case Conduct::Upgrade::never:
      return;
    case Conduct::Upgrade::status:
      return refuse("HTTP/1.1 " + std::to_string(conduct_.status) + " No\r\n" + conduct_.hint +
                    "Content-Length: " + std::to_string(conduct_.page.size()) + "\r\n\r\n" + conduct_.page);
    case Conduct::Upgrade::garbage:
      return refuse("SSH-2.0-OpenSSH_9.2\r\n\r\n");
    default:
      break;
  }
  const ModelService::Reply reply = server_.service_.on_upgrade(*this, head);
  if (reply.status != 101)
    return refuse("HTTP/1.1 " + std::to_string(reply.status) + " No\r\nContent-Length: 0\r\n\r\n");
  const bool wrong = conduct_.upgrade == Conduct::Upgrade::wrong_key;
  out_ +=
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
      "Upgrade\r\nSec-WebSocket-Accept: " +
      accept_of(wrong ? key + "x" : key) + "\r\n" + reply.lines + "\r\n";
  upgraded_ = true;
  if (run.mishap(100)) ping();  // in one piece with the 101
  if (conduct_.upgrade == Conduct::Upgrade::close_after) {
    return close(conduct_.close_code, "not for " + std::string(server_.target_));
  }
  server_.service_.on_open(*this, head);
}

void Wire::take(const Frame& frame) {
  switch (frame.opcode) {
    case 8:
      client_closed_ = true;
      server_.service_.on_client_closing(*this, frame.payload);
      if (!std::exchange(closing_, true)) out_ += encode_frame(8, true, frame.payload.substr(0, 2));
      finish_ = true;
      return;
    case 9:
      if (!closing_) out_ += encode_frame(10, true, frame.payload);
      return;
    case 10:
      return;
    default:
      server_.run_.check(
          frame.opcode == 0 || server_.service_.opcode() == 0 || frame.opcode == server_.service_.opcode(),
          "the client's messages are of the protocol's kind",
          [&] { return "opcode " + std::to_string(frame.opcode); });
      message_ += frame.payload;
      if (frame.opcode != 0) opcode_ = frame.opcode;
      refuse_too_large();
      if (!frame.fin) return;
      const std::string whole = std::exchange(message_, {});
      if (usable()) server_.service_.on_message(*this, opcode_, whole);
  }
}

void Wire::refuse_too_large() {
  // As much of it as tells whose it is.
  constexpr std::size_t telling = 160;
  const std::size_t most = server_.service_.message_bytes_max();
  if (!usable() || message_.size() + reader_.announced() <= most) return;
  const std::string begin = message_ + reader_.partial();
  if (begin.size() < std::min(telling, most)) return;
  server_.service_.on_too_large(*this, begin);
  close(1009, "message too big");
}

void Wire::say(std::string_view text, std::size_t fragment_bytes) {
  std::uint8_t opcode = server_.service_.opcode();
  if (fragment_bytes == 0) return say_frame(opcode, true, text);
  do {
    const std::string_view piece = text.substr(0, fragment_bytes);
    text.remove_prefix(piece.size());
    say_frame(std::exchange(opcode, std::uint8_t{0}), text.empty(), piece);
  } while (!text.empty());
}

void Wire::say_frame(std::uint8_t opcode, bool fin, std::string_view payload) {
  say_bytes(encode_frame(opcode, fin, payload));
}

void Wire::say_bytes(std::string_view bytes) {
  if (!usable()) return;
  out_ += bytes;
  flush();
}

void Wire::ping() {
  const auto padding =
      static_cast<std::size_t>(server_.run_.rng.between(std::uint64_t{0}, std::uint64_t{100}));
  say_frame(9, true, "ping " + std::to_string(++pings_) + std::string(padding, '.'));
}

void Wire::close(std::uint16_t code, std::string_view reason) {
  if (!usable()) return;
  closing_ = true;
  server_.service_.on_closing(*this, code, reason);
  std::string payload;
  if (code != 0) payload = {static_cast<char>(code >> 8U), static_cast<char>(code & 0xFFU)};
  out_ += encode_frame(8, true, payload.append(reason));
  give_up_ = after(server_.run_.world.now(), close_within);
  flush();
}

void Wire::drop() {
  if (std::exchange(dropped_, true)) return;
  stream_->close();
}

void Wire::flush() {
  while (!dropped_ && ready_ && !out_.empty()) {
    const IoResult result = stream_->write(std::as_bytes(std::span(out_)));
    if (result.status == IoStatus::error) return drop();
    if (result.status != IoStatus::ok) return;
    const bool short_write = result.bytes < out_.size();
    out_.erase(0, result.bytes);
    if (short_write) return;
  }
  if (finish_ && out_.empty() && !dropped_) {
    // In order: what was sent must be read before the end.
    stream_->shutdown_write();
    finish_ = false;
    give_up_ = after(server_.run_.world.now(), close_within);
  }
}

void Wire::tick(Instant now) {
  if (now >= give_up_) return drop();
  const Duration silent = now - heard_;
  if (!upgraded_) {
    if (silent >= handshake_within) drop();
  } else if (silent >= ping_every + pong_within) {
    drop();
  } else if (silent >= ping_every && !pinged_ && usable()) {
    pinged_ = true;
    ping();
  }
}

// ---- the server

ModelServer::ModelServer(Run& run, ModelService& service, Tls tls, std::string_view target)
    : run_(run), service_(service), tls_(tls), target_(target), port_(run.world), listener_(run.world, 24) {
  if (tls_ == Tls::real) {
    real_ = std::make_unique<tls::Server>(port_);
    const auto done = real_->configure(
        {.certificate = identity().server.pem_bytes(), .key = identity().server.key_bytes()});
    if (!done) std::abort();
    seed_psa(run.seed);
  }
  listen();
}

// The streams go back before TLS does: the listener resets them.
ModelServer::~ModelServer() {
  drop_all();
  stop_listening();
  run_.world.run_for(1s);
  sweep();
}

std::span<const std::byte> ModelServer::trusted() {
  return identity().ca.pem_bytes();
}

void ModelServer::listen() {
  wanted_ = true;
  if (listening_) return;
  listening_ = listener_.listen(sim::ipv4(0, 0, 0, 0, tls_ == Tls::none ? 80 : 443), *this).ok();
}

void ModelServer::stop_listening() {
  wanted_ = false;
  listener_.close();
}

void ModelServer::on_accept(Stream& stream, const Address&) noexcept {
  sweep();
  wires_.emplace_back(*this, stream, service_.conduct(), ++accepted_);
}

void ModelServer::sweep() {
  wires_.remove_if([](const Wire& wire) { return wire.gone_; });
}

void ModelServer::drop_all() {
  for (Wire& wire : wires_) wire.drop();
}

void ModelServer::tick() {
  sweep();
  if (wanted_) listen();
  for (Wire& wire : wires_) wire.tick(run_.world.now());
}

}  // namespace kedge::rig
