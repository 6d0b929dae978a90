#pragma once
// One connection of a scripted WebSocket peer: the upgrade, frames both ways, and its end.

#include <kedge/sim/websocket_peer.hpp>

#include "../../src/ws/message_reader.hpp"
#include "../../src/ws/upgrade.hpp"

#include <string>
#include <vector>

namespace kedge::sim::detail {

class WebSocketHost;

class WebSocketLine final : public WebSocketConnection, private ws::MessageEvents {
 public:
  WebSocketLine(WebSocketHost& host, std::size_t number, Peer peer, const Reception& reception);

  [[nodiscard]] std::size_t number() const noexcept override { return number_; }
  [[nodiscard]] Instant accepted_at() const noexcept override { return accepted_at_; }
  [[nodiscard]] bool is_open() const noexcept override;
  [[nodiscard]] bool is_over() const noexcept override { return phase_ == Phase::over; }
  [[nodiscard]] std::string_view request() const noexcept override { return request_; }
  [[nodiscard]] std::string_view path() const noexcept override { return upgrade_.request().path; }
  [[nodiscard]] std::string_view query() const noexcept override { return upgrade_.request().query; }
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept override {
    return upgrade_.header(name);
  }
  [[nodiscard]] bool offers(std::string_view subprotocol) const noexcept override;
  [[nodiscard]] std::span<const WebSocketMessage> messages() const noexcept override { return messages_; }
  [[nodiscard]] std::uint16_t close_code() const noexcept override { return close_code_; }
  [[nodiscard]] std::string_view close_reason() const noexcept override { return close_reason_; }
  [[nodiscard]] bool was_reset() const noexcept override { return was_reset_; }
  [[nodiscard]] std::size_t pings() const noexcept override { return pings_; }
  [[nodiscard]] std::size_t pongs() const noexcept override { return pongs_; }
  [[nodiscard]] std::string_view last_ping() const noexcept override { return last_ping_; }
  [[nodiscard]] std::string_view last_pong() const noexcept override { return last_pong_; }
  [[nodiscard]] const Error& failure() const noexcept override { return failure_; }

  bool answer(const Reception& reception) noexcept override;
  bool send(std::string_view text) noexcept override;
  bool send_binary(std::span<const std::byte> bytes) noexcept override;
  bool send_in_fragments(std::string_view text, std::size_t fragment_bytes) noexcept override;
  bool ping(std::string_view payload) noexcept override;
  bool pong(std::string_view payload) noexcept override;
  bool send_frame(std::uint8_t opcode, std::string_view payload, bool fin) noexcept override;
  bool write(std::string_view bytes) noexcept override;
  [[nodiscard]] std::size_t unsent() const noexcept override { return out_.size(); }

  bool close(std::uint16_t code, std::string_view reason) noexcept override;
  void cut() noexcept override;
  void end() noexcept override;
  void stall() noexcept override;
  void go_on() noexcept override;
  void go_silent() noexcept override { peer_.go_silent(); }
  void restore() noexcept override { peer_.restore(); }

  // For the host.
  /// It was accepted: what needs no request begins.
  void begin() noexcept;
  void on_event(PeerEvent event) noexcept;
  /// The delay of the `nth` answer is over.
  void give_answer(std::size_t nth) noexcept;
  [[nodiscard]] const Peer& peer() const noexcept { return peer_; }

 private:
  enum class Phase : std::uint8_t {
    asking,   ///< the request is not complete
    waiting,  ///< the request was not answered yet
    open,     ///< frames are read and written, up to both close frames
    leaving,  ///< nothing is listened to; ours goes out, then its end, and theirs is waited for
    over,
  };

  void on_message(ws::MessageType type, std::span<const std::byte> payload) noexcept override;
  void on_piece(ws::MessageType type, std::span<const std::byte> piece, bool first,
                bool last) noexcept override;
  void on_discarded(ws::MessageType, std::uint64_t) noexcept override {}
  void on_ping(std::span<const std::byte> payload) noexcept override;
  void on_pong(std::span<const std::byte> payload) noexcept override;
  void on_close(std::uint16_t code, std::string_view reason) noexcept override;

  void read() noexcept;
  void take() noexcept;
  void take_request() noexcept;
  void prepare_answer() noexcept;
  void open() noexcept;
  void then(Reception::Then what) noexcept;
  bool put_frame(std::uint8_t opcode, std::string_view payload, bool fin = true);
  void flush() noexcept;
  /// The client broke a rule: said to the test; what is said to the client was said.
  void fail(const Error& error) noexcept;
  void pause_reader() noexcept;
  void leave() noexcept;
  /// Ends what is to be ended once everything is written.
  void settle() noexcept;
  void finish(bool told) noexcept;
  [[nodiscard]] bool may_send() const noexcept {
    return phase_ == Phase::open && !close_sent_ && !end_wanted_;
  }

  WebSocketHost& host_;
  const std::size_t number_;
  Peer peer_;
  const Instant accepted_at_;
  Reception reception_;
  std::size_t answers_ = 0;  ///< prepared so far: a delayed one that was replaced is known by its number

  Phase phase_ = Phase::asking;
  bool answered_ = false;
  bool stalled_ = false;
  bool reading_ = false;        ///< inside `read`
  bool reader_paused_ = false;  ///< it may hold bytes, though none are unread
  bool close_sent_ = false;
  bool end_wanted_ = false;
  bool finished_ = false;  ///< our end was sent
  bool end_seen_ = false;
  bool was_reset_ = false;

  std::vector<std::byte> head_;
  ws::UpgradeServer upgrade_;
  std::string request_;
  // Messages are joined here, as they come, whatever their size.
  ws::SingleMessageBuffer no_buffer_{{}};
  ws::MessageReader reader_{ws::Role::server, ws::TooLarge::stream, 0, no_buffer_};
  WebSocketMessage joining_;
  std::string unread_;  ///< taken from the line, not yet taken apart
  std::string out_;     ///< not yet taken by the line

  std::vector<WebSocketMessage> messages_;
  std::size_t pings_ = 0;
  std::size_t pongs_ = 0;
  std::string last_ping_;
  std::string last_pong_;
  std::uint16_t close_code_ = 0;
  std::string close_reason_;
  Error failure_;
};

}  // namespace kedge::sim::detail
