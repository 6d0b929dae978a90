#pragma once
// One open WebSocket connection, either role: frames out of the outbound ring into few large writes, messages
// in, keepalive, and a close that is bounded in time. Its owner gives it time and turns; it arms no timer
// itself.

#include "../ws/close_code.hpp"
#include "../ws/mask_pool.hpp"
#include "../ws/message_reader.hpp"
#include "keepalive.hpp"
#include "outbound_ring.hpp"

#include <kedge/client_config.hpp>
#include <kedge/port.hpp>
#include <kedge/statistics.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace kedge {

/// How it is told that a peer began to close, by a close frame with that code and those words (or none).
[[nodiscard]] Error closed_by_peer(std::uint16_t code, std::string_view reason) noexcept;

/// Hears what a session receives and how it ends. All calls come from the loop.
class SessionEvents {
 public:
  /// A whole message. The view is valid during the call.
  virtual void on_message(ws::MessageType type, std::span<const std::byte> payload) noexcept = 0;
  /// See ws::MessageEvents::on_piece.
  virtual void on_piece(ws::MessageType type, std::span<const std::byte> piece, bool first,
                        bool last) noexcept = 0;
  /// A message larger than the limit was skipped.
  virtual void on_discarded(ws::MessageType type, std::uint64_t bytes) noexcept = 0;
  /// The peer closes with 1009: a message was too large for it. `being_written` is the user's message of
  /// which the stream has some and not all by now; empty when there is none.
  virtual void on_too_large([[maybe_unused]] Handle being_written) noexcept {}
  /// The connection is over and its stream closed: the session may be started again or destroyed. Exactly
  /// once for each `start`. `why` is empty after a close that this side asked for and the peer answered; else
  /// it carries the layer (websocket with the close code, system, tls) and the reason.
  virtual void on_session_ended(const Error& why) noexcept = 0;
  /// The session has handled an event of its stream: its owner now does its own work of this turn and calls
  /// `on_turn`, so that all that was queued meanwhile goes out in one write.
  virtual void on_session_event() noexcept = 0;

 protected:
  ~SessionEvents() = default;
};

struct SessionConfig {
  ws::Role role = ws::Role::client;
  ws::TooLarge too_large = ws::TooLarge::discard;
  std::uint64_t inbound_message_bytes_max = 0;
  std::uint32_t fragment_bytes_max = 0;  ///< at most the write buffer less 14
  KeepaliveConfig keepalive;
  Duration close_timeout = std::chrono::seconds{5};
  /// What is queued when the peer closes or breaks the rules waits for the next connection: not only what was
  /// queued before this one, also what would go out in front of our close frame otherwise.
  bool keeps_queued = false;
};

/// Memory of a session. Borrowed. A read buffer may be shared by sessions of one loop that are never paused.
struct SessionMemory {
  std::span<std::byte> read_buffer;
  std::span<std::byte> write_buffer;
  ws::MessageBufferSource* messages = nullptr;
  ws::MaskPool* masks = nullptr;  ///< client role only
};

class Session final : private StreamEvents, private ws::MessageEvents {
 public:
  Session(const SessionConfig& config, const SessionMemory& memory, OutboundRing& ring,
          Statistics& statistics) noexcept;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Replaces the configuration's keepalive: of an active session from now on, else from its next start.
  void set_keepalive(const KeepaliveConfig& keepalive) noexcept;

  /// Takes over an open stream after the upgrade. `early` are bytes read already, behind the upgrade's head
  /// (they may lie in the read buffer); they are read on the next turn, so `on_turn` must be called. Errors:
  /// queue_full (no memory for wslay); the stream is then untouched.
  Result<void> start(Port& port, Stream& stream, std::span<const std::byte> early,
                     SessionEvents& events) noexcept;

  /// From a turn of the loop: does what is due (early bytes, resumed reading, keepalive, close deadline) and
  /// writes what is queued. Its owner calls it whenever `next_deadline()` has come, and after messages were
  /// queued.
  void on_turn() noexcept;
  /// When `on_turn` is next needed, if nothing is queued meanwhile: Instant::min() when at once.
  [[nodiscard]] Instant next_deadline() const noexcept;

  /// Lets entries through that are not reserved: the link is ready. Closed at `start`.
  void open_gate() noexcept { gate_open_ = true; }
  void close_gate() noexcept { gate_open_ = false; }

  /// Starts the closing handshake (RFC 6455 section 7): what is queued and not started stays queued. Bounded
  /// by close_timeout. Needs a turn. `why` becomes the error of `on_session_ended` when not empty.
  void close(std::uint16_t code, std::string_view reason, const Error& why = {}) noexcept;
  /// Once closing: no later than this.
  void close_by(Instant latest) noexcept { close_deadline_ = std::min(close_deadline_, latest); }
  /// Ends the connection at once, without a closing handshake.
  void abort(const Error& why) noexcept;

  /// Stops handing up messages (the peer is slowed by TCP), also from within on_message; keepalive then
  /// cannot hear the peer and is suspended. A line that is found broken meanwhile ends after what had arrived
  /// on it was handed up, or after the close timeout.
  void pause_reading() noexcept;
  /// Goes on, on the next turn.
  void resume_reading() noexcept;

  /// Of the close frame by which the peer began to close the latest connection: its code, 0 when it sent
  /// none, and its words, valid until the next `start`.
  [[nodiscard]] std::uint16_t peer_close_code() const noexcept { return peer_close_.code; }
  [[nodiscard]] std::string_view peer_close_reason() const noexcept {
    return {peer_close_.reason.data(), peer_close_.size};
  }

  /// Of the latest connection: the peer's close frame has come.
  [[nodiscard]] bool peer_said_goodbye() const noexcept { return close_received_; }

  [[nodiscard]] bool active() const noexcept { return phase_ != Phase::idle; }
  /// Whether messages still go out: neither side has begun to close.
  [[nodiscard]] bool is_open() const noexcept { return phase_ == Phase::open; }

 private:
  enum class Phase : std::uint8_t {
    idle,
    open,
    closing,   // our close frame is queued or sent, the peer's has not come
    draining,  // nothing more is read up; waiting for the peer to end the stream
    ending,    // the stream is told to close
  };

  // StreamEvents
  void on_open() noexcept override;
  void on_error(const Error& error) noexcept override;
  void on_readable() noexcept override;
  void on_writable() noexcept override;
  void on_closed() noexcept override;
  // ws::MessageEvents
  void on_message(ws::MessageType type, std::span<const std::byte> payload) noexcept override;
  void on_piece(ws::MessageType type, std::span<const std::byte> piece, bool first,
                bool last) noexcept override;
  void on_discarded(ws::MessageType type, std::uint64_t bytes) noexcept override;
  void on_ping(std::span<const std::byte> payload) noexcept override;
  void on_pong(std::span<const std::byte> payload) noexcept override;
  void on_close(std::uint16_t code, std::string_view reason) noexcept override;

  void enter(Phase phase) noexcept;
  void check() const noexcept;
  void read_once() noexcept;
  IoResult read_some() noexcept;
  /// Whether something is here that may be handed up.
  [[nodiscard]] bool holds_unread() const noexcept { return !unread_.empty() || feed_pending_; }
  void hold_what_arrived(Instant now) noexcept;
  void feed() noexcept;
  void on_stream_end() noexcept;
  void on_stream_broken() noexcept;
  void flush() noexcept;
  bool fill() noexcept;
  void put_control_frames() noexcept;
  void put_pong() noexcept;
  void put_close() noexcept;
  bool put_control(ws::Opcode opcode, std::span<const std::byte> payload) noexcept;
  bool put_fragment(Handle entry) noexcept;
  bool put_piece(Handle entry, const OutboundRing::View& view) noexcept;
  [[nodiscard]] static constexpr ws::Opcode opcode_of(ws::MessageType type) noexcept {
    return type == ws::MessageType::text ? ws::Opcode::text : ws::Opcode::binary;
  }
  bool put_header(ws::FrameHeader& header) noexcept;
  void queue_close(std::uint16_t code, std::string_view reason) noexcept;
  void drain() noexcept;
  void end(const Error& why) noexcept;
  [[nodiscard]] bool masked() const noexcept { return config_.role == ws::Role::client; }

  SessionConfig config_;
  SessionMemory memory_;
  OutboundRing& ring_;
  Statistics& statistics_;
  ws::MessageReader reader_;
  Keepalive keepalive_;
  Port* port_ = nullptr;
  Stream* stream_ = nullptr;
  SessionEvents* events_ = nullptr;

  Phase phase_ = Phase::idle;
  bool gate_open_ = false;
  bool paused_ = false;
  bool read_pending_ = false;   // read again without waiting for an event
  bool feed_pending_ = false;   // the reader may hold bytes, though none are unread
  bool write_blocked_ = false;  // the stream will say when there is room
  bool write_pending_ = false;  // a source may have more, whose turn was over
  bool write_failed_ = false;   // the line is broken; what arrived before is still read
  bool write_secret_ = false;   // a protocol's own message is in the write buffer: a credential perhaps
  bool ping_due_ = false;
  bool pong_due_ = false;
  bool close_due_ = false;
  bool close_sent_ = false;  // its last byte is in the write buffer
  bool close_received_ = false;
  bool write_shut_ = false;  // a server's goodbye is out, the peer may still be sending

  std::size_t read_bytes_ = 0;         // by the last read_once
  std::span<const std::byte> unread_;  // read from the stream, not yet taken by the reader
  std::size_t write_begin_ = 0;
  std::size_t write_end_ = 0;
  std::uint64_t accepted_bytes_ = 0;    // by the stream, since start
  std::uint32_t parting_messages_ = 0;  // that may still go out before the close frame
  Instant close_deadline_ = never;
  Instant broken_deadline_ = never;  // of a line that broke in a pause: it is held no longer
  Error why_;
  struct PeerClose {
    std::uint16_t code = 0;
    std::uint8_t size = 0;
    std::array<char, ws::close_reason_bytes_max> reason{};
  } peer_close_;

  std::uint8_t pong_size_ = 0;
  std::uint8_t close_size_ = 0;
  std::array<std::byte, ws::control_payload_bytes_max> pong_payload_{};
  std::array<std::byte, ws::control_payload_bytes_max> close_payload_{};
};

#ifdef NDEBUG
inline void Session::check() const noexcept {}
#endif

}  // namespace kedge
