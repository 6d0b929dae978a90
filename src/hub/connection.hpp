#pragma once
// One accepted connection, from the first byte to the last: TLS, upgrade or refusal, then a session in the
// server role.

#include "../session/session.hpp"
#include "../ws/upgrade.hpp"
#include "service.hpp"

#include <kedge/limits.hpp>
#include <kedge/port.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

namespace kedge::hub {

class Server;

struct ConnectionConfig {
  Limits limits;  ///< of each connection; the read buffer and the message pool are shared
  Duration upgrade_timeout = std::chrono::seconds{5};  ///< TLS and upgrade together; then 408
  Duration refuse_timeout = std::chrono::seconds{2};   ///< for a refusal to go out
  Duration close_timeout = std::chrono::seconds{5};
  KeepaliveConfig keepalive{.interval = std::chrono::seconds{20}, .timeout = std::chrono::seconds{20}};
  ws::TooLarge too_large = ws::TooLarge::close;
};

/// A slot of the server's fixed pool of connections. Its memory is allocated once, when the server is made.
class Connection final : private StreamEvents, private SessionEvents, private OutboundEvents {
 public:
  Connection(Server& server, std::size_t slot, const ConnectionConfig& config,
             std::span<std::byte> read_buffer, ws::MessageBufferSource& messages);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Queues a text message. False when it cannot go out: either side has begun to close, or there is no room
  /// (the peer does not read, or the message is larger than the store).
  bool send(std::string_view text) noexcept;
  /// The same for bytes.
  bool send_binary(std::span<const std::byte> bytes) noexcept;
  /// Sends what is queued, then closes with a handshake.
  void close(std::uint16_t code, std::string_view reason) noexcept;
  /// Ends the TCP connection abruptly, without a word.
  void cut() noexcept;

  /// Its slot in the server's pool; reused by later connections.
  [[nodiscard]] std::size_t slot() const noexcept { return slot_; }
  /// Unique for the life of the server.
  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
  [[nodiscard]] const Address& peer() const noexcept { return peer_; }
  [[nodiscard]] const Statistics& statistics() const noexcept { return statistics_; }

 private:
  friend class Server;
  enum class Stage : std::uint8_t { free, securing, upgrading, accepting, refusing, open, ending };

  // for the server
  [[nodiscard]] bool is_free() const noexcept { return stage_ == Stage::free; }
  [[nodiscard]] bool is_websocket() const noexcept {
    return stage_ == Stage::accepting || stage_ == Stage::open;
  }
  void begin(Stream& stream, const Address& peer, std::uint64_t id) noexcept;
  void turn() noexcept;
  [[nodiscard]] Instant next_deadline() const noexcept;
  void shut_down() noexcept;

  // StreamEvents, until the session takes the stream over
  void on_open() noexcept override;
  void on_error(const Error& error) noexcept override;
  void on_readable() noexcept override;
  void on_writable() noexcept override;
  void on_closed() noexcept override;
  // SessionEvents
  void on_message(ws::MessageType type, std::span<const std::byte> payload) noexcept override;
  void on_piece(ws::MessageType, std::span<const std::byte>, bool, bool) noexcept override {}
  void on_discarded(ws::MessageType, std::uint64_t) noexcept override {}
  void on_session_ended(const Error& why) noexcept override;
  void on_session_event() noexcept override;
  // OutboundEvents
  void on_entry_sent(Handle, std::uint64_t) noexcept override {}
  void on_entry_expired(Handle, std::uint64_t) noexcept override {}

  bool push(ws::MessageType type, std::span<const std::byte> bytes) noexcept;
  void read_upgrade() noexcept;
  void answer_upgrade(std::span<const std::byte> early) noexcept;
  void open_session(std::span<const std::byte> early) noexcept;
  void read_away() noexcept;
  void refuse(int status, std::chrono::seconds retry_after = {}) noexcept;
  void write_head() noexcept;
  void end() noexcept;

  Server& server_;
  const std::size_t slot_;
  const ConnectionConfig config_;
  std::span<std::byte> read_buffer_;
  std::unique_ptr<std::byte[]> memory_;  // allocated once; below are its parts
  Arena arena_;
  Statistics statistics_;
  OutboundRing ring_;
  std::span<std::byte> write_buffer_;
  ws::UpgradeServer upgrade_;
  Session session_;

  Stage stage_ = Stage::free;
  std::uint64_t id_ = 0;
  Address peer_;
  Stream* stream_ = nullptr;
  Service* service_ = nullptr;
  Instant deadline_ = never;
  std::size_t head_written_ = 0;
  std::size_t head_size_ = 0;
  bool close_when_sent_ = false;
  bool in_message_ = false;  // a message is being handed up: a turn follows by itself
  std::uint16_t close_code_ = 0;
  std::array<char, 124> close_reason_{};
  std::size_t close_reason_size_ = 0;
};

}  // namespace kedge::hub
