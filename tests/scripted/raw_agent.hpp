#pragma once
// A WebSocket client by hand: raw bytes, scripted by a test, that sees everything a server says.

#include "ws/close_code.hpp"
#include "ws/frame.hpp"
#include "ws/message_reader.hpp"

#include <kedge/port_sim.hpp>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "support/cmocka.hpp"

namespace kedge::test {

class RawAgent final : private ws::MessageEvents {
 public:
  RawAgent(sim::World& world, const Address& server)
      : host_(world, [this](sim::Peer, sim::PeerEvent event) noexcept { on_event(event); }),
        peer_(host_.dial(server)) {
    EXPECT(reader_.open().ok(), "memory for a reader");
  }

  /// The bytes of an upgrade request for `target`.
  static std::string upgrade_request(std::string_view target = "/") {
    return "GET " + std::string(target) +
           " HTTP/1.1\r\nHost: gate\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  }
  void raw(std::string_view bytes) { EXPECT(peer_.write(bytes) == bytes.size(), "room on the line"); }
  void text(std::string_view message) { frame(ws::Opcode::text, message); }
  /// The beginning of a text frame that claims `bytes` of payload.
  void begin_frame(std::uint64_t bytes) {
    std::array<std::byte, ws::frame_header_bytes_max> out{};
    const std::size_t size =
        ws::encode_frame_header({.payload_bytes = bytes, .masked = true, .mask_key = 0}, out.data());
    raw({reinterpret_cast<const char*>(out.data()), size});
  }
  void frame(ws::Opcode opcode, std::string_view payload) {
    std::array<std::byte, ws::frame_header_bytes_max> out{};
    const std::size_t size = ws::encode_frame_header(
        {.opcode = opcode, .payload_bytes = payload.size(), .masked = true, .mask_key = 0}, out.data());
    raw(std::string(reinterpret_cast<const char*>(out.data()), size) + std::string(payload));
  }
  void close(std::uint16_t code) {
    close_sent_ = true;
    if (code == ws::close_code::none_received) return frame(ws::Opcode::close, {});
    const std::array<char, 2> payload = {static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
    frame(ws::Opcode::close, {payload.data(), payload.size()});
  }
  void reset() { peer_.reset(); }
  void finish() { peer_.finish(); }
  [[nodiscard]] int status() const { return head.size() > 12 ? std::stoi(head.substr(9, 3)) : 0; }

  bool connected = false;
  std::string head;  ///< everything up to the end of the response's head; all of it when not 101
  std::vector<std::string> messages;
  std::uint16_t close_code = 0;
  std::string close_reason;
  std::size_t pings = 0;
  bool reads = true;  ///< what comes; else it fills the line
  bool answer_pings = true;
  bool answer_close = true;
  bool ended = false;  ///< the server ended the connection in order
  bool was_reset = false;

 private:
  void on_event(sim::PeerEvent event) noexcept {
    connected = connected || event == sim::PeerEvent::open;
    std::array<std::byte, 4096> bytes;
    for (std::size_t size = reads ? peer_.read(bytes) : 0; size > 0; size = peer_.read(bytes)) {
      take({bytes.data(), size});
    }
    ended = ended || event == sim::PeerEvent::end;
    was_reset = was_reset || event == sim::PeerEvent::reset;
  }
  void take(std::span<const std::byte> bytes) noexcept {
    const std::string_view chars(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (!upgraded_) {
      head += chars;
      const std::size_t end = head.find("\r\n\r\n");
      if (end == std::string::npos || status() != 101) return;
      upgraded_ = true;
      const std::string rest = head.substr(end + 4);
      head.resize(end + 4);
      feed(std::as_bytes(std::span(rest)));
      return;
    }
    feed(bytes);
  }
  void feed(std::span<const std::byte> bytes) noexcept {
    std::size_t taken = 0;
    EXPECT(reader_.feed(bytes, &taken, *this).ok(), "valid frames from the server");
  }
  void on_message(ws::MessageType, std::span<const std::byte> payload) noexcept override {
    messages.emplace_back(reinterpret_cast<const char*>(payload.data()), payload.size());
  }
  void on_piece(ws::MessageType, std::span<const std::byte>, bool, bool) noexcept override {}
  void on_discarded(ws::MessageType, std::uint64_t) noexcept override {}
  void on_ping(std::span<const std::byte> payload) noexcept override {
    ++pings;
    if (answer_pings)
      frame(ws::Opcode::pong, {reinterpret_cast<const char*>(payload.data()), payload.size()});
  }
  void on_pong(std::span<const std::byte>) noexcept override {}
  void on_close(std::uint16_t code, std::string_view reason) noexcept override {
    close_code = code;
    close_reason = reason;
    if (!close_sent_ && answer_close) close(code);
  }

  bool upgraded_ = false;
  bool close_sent_ = false;
  std::vector<std::byte> memory_{3 * 1024 * 1024};
  ws::SingleMessageBuffer buffer_{memory_};
  ws::MessageReader reader_{ws::Role::client, ws::TooLarge::close, memory_.size(), buffer_};
  sim::PeerHost host_;
  sim::Peer peer_;
};

}  // namespace kedge::test
