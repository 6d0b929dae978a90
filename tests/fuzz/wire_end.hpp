#pragma once
// One end of a WebSocket by hand over port/sim: says any bytes, and judges every byte that our side says.

#include <kedge/json.hpp>
#include <kedge/port_sim.hpp>

#include "fuzz.hpp"
#include "ws/accept_key.hpp"
#include "ws/frame.hpp"
#include "ws/message_reader.hpp"

#include <array>
#include <string>
#include <vector>

namespace kedge::fuzz {

class WireEnd final : private ws::MessageEvents {
 public:
  /// Judges a message of our side's.
  using Judge = void (*)(ws::MessageType type, std::span<const std::byte> payload);
  static void must_be_json(ws::MessageType type, std::span<const std::byte> payload) {
    PROMISE(type == ws::MessageType::text && json::parse(as_text(payload), 255).ok(), "our side sends JSON");
  }
  /// `role`: which end this is. What our side says must be a head, then valid frames with good messages.
  explicit WireEnd(ws::Role role, Judge judge = must_be_json) : role_(role), judge_(judge) {}

  void attach(sim::Peer peer) {
    peer_ = peer;
    head.clear();
    whole_head_ = false;
    said.clear();
    PROMISE(reader_.open().ok(), "memory for a reader");
  }
  /// To be called when bytes have come.
  void read() {
    std::array<std::byte, 2048> bytes;
    for (std::size_t size = peer_.read(bytes); size > 0; size = peer_.read(bytes)) take({bytes.data(), size});
  }
  /// As much as the line has room for.
  void raw(std::string_view bytes) { said += bytes.substr(0, peer_.write(bytes)); }
  /// The 101 that the last request asked for. False when there is none, or no room.
  bool accept_upgrade() {
    constexpr std::string_view field = "Sec-WebSocket-Key: ";
    const std::size_t at = head.find(field);
    if (at == std::string::npos) return false;
    std::array<char, ws::accept_characters> accept;
    PROMISE(ws::make_accept(head.substr(at + field.size(), ws::key_characters), accept), "SHA-1");
    const std::string answer =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
        "Upgrade\r\nSec-WebSocket-Accept: " +
        std::string(accept.data(), accept.size()) + "\r\n\r\n";
    raw(answer);
    return said.ends_with(answer);
  }
  void frame(unsigned opcode, bool fin, std::string_view payload) {
    std::array<std::byte, ws::frame_header_bytes_max> out{};
    const std::size_t size = ws::encode_frame_header({.fin = fin,
                                                      .opcode = static_cast<ws::Opcode>(opcode),
                                                      .payload_bytes = payload.size(),
                                                      .masked = role_ == ws::Role::client,
                                                      .mask_key = 0},
                                                     out.data());
    raw(std::string(as_text(std::span(out).first(size))) + std::string(payload));
  }
  void text(std::string_view message) { frame(1, true, message); }
  [[nodiscard]] sim::Peer& peer() { return peer_; }

  std::string head;                   ///< without its empty line, once it is whole
  std::vector<std::string> messages;  ///< of all connections
  std::string said;                   ///< by this end, on this connection
  bool upgraded() const { return whole_head_; }

 private:
  void take(std::span<const std::byte> bytes) {
    if (whole_head_) return feed(bytes);
    head += as_text(bytes);
    const std::size_t end = head.find("\r\n\r\n");
    if (end == std::string::npos) return;
    whole_head_ = true;
    const std::string rest = head.substr(end + 4);
    head.resize(end);
    if (role_ == ws::Role::server || head.starts_with("HTTP/1.1 101")) feed(as_bytes(rest));
  }
  void feed(std::span<const std::byte> bytes) {
    std::size_t taken = 0;
    PROMISE(reader_.feed(bytes, &taken, *this).ok(), "our side sends valid frames");
  }
  void on_message(ws::MessageType type, std::span<const std::byte> payload) noexcept override {
    judge_(type, payload);
    messages.emplace_back(as_text(payload));
  }
  void on_piece(ws::MessageType, std::span<const std::byte>, bool, bool) noexcept override {}
  void on_discarded(ws::MessageType, std::uint64_t) noexcept override {}
  void on_ping(std::span<const std::byte>) noexcept override {}
  void on_pong(std::span<const std::byte>) noexcept override {}
  void on_close(std::uint16_t, std::string_view) noexcept override {}

  const ws::Role role_;
  const Judge judge_;
  bool whole_head_ = false;
  std::vector<std::byte> memory_ = std::vector<std::byte>(64 * 1024);
  ws::SingleMessageBuffer buffer_{memory_};
  ws::MessageReader reader_{role_, ws::TooLarge::close, memory_.size(), buffer_};
  sim::Peer peer_;
};

}  // namespace kedge::fuzz
