#pragma once
// One accepted connection, from the first byte to the last: TLS, upgrade or refusal, then a session in the
// server role.

#include "../session/session.hpp"
#include "../ws/upgrade.hpp"
#include "seats.hpp"
#include "server_config.hpp"

#include <kedge/port.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

namespace kedge::server {

class Entrance;
class Server;
class Service;

/// How a connection ends that somebody wants to end.
enum class CutKind : std::uint8_t {
  abrupt,  ///< TCP ends without a closing handshake
  clean,   ///< close frame with 1000
};

/// A slot of the server's fixed pool of connections.
class Connection final : private StreamEvents, private SessionEvents {
 public:
  Connection(Server& server, std::size_t slot, const ServerConfig& config, std::span<std::byte> read_buffer);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // For its service, while it is open.
  /// Queues a text message. False when it cannot go out: either side has begun to close, or there is no room
  /// (the peer does not read, the service's others hold what there is, or the message is larger than all of
  /// it).
  bool send(std::string_view text) noexcept;
  /// The same for bytes.
  bool send_binary(std::span<const std::byte> bytes) noexcept;
  /// Sends what is queued, then closes with a handshake.
  void close(std::uint16_t code, std::string_view reason) noexcept;
  /// Ends the TCP connection abruptly, without a word.
  void cut() noexcept;
  /// The one or the other; `reason` is for a clean end.
  void cut(CutKind how, std::string_view reason) noexcept;
  /// When Service::on_deadline is called for it, once; `never`: not at all. One for each connection.
  void set_deadline(Instant deadline) noexcept;

  /// Its slot in the server's pool; reused by later connections.
  [[nodiscard]] std::size_t slot() const noexcept { return slot_; }
  /// Unique for the life of the server.
  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
  /// What its service admitted it with.
  [[nodiscard]] std::uint32_t tag() const noexcept { return tag_; }
  [[nodiscard]] const Address& peer() const noexcept { return peer_; }
  /// Of an open connection, and in Service::on_closed.
  [[nodiscard]] const Statistics& statistics() const noexcept { return seat_->statistics(); }

 private:
  friend class Entrance;
  friend class Server;
  enum class Stage : std::uint8_t { free, securing, upgrading, accepting, refusing, open, ending };

  // for the server
  [[nodiscard]] bool is_free() const noexcept { return stage_ == Stage::free; }
  void begin(Stream& stream, const Address& peer, std::uint64_t id, const Entrance& entrance) noexcept;
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

  bool push(ws::MessageType type, std::span<const std::byte> bytes) noexcept;
  void turn_open() noexcept;
  void read_upgrade() noexcept;
  void answer_upgrade(std::span<const std::byte> early) noexcept;
  void open_session(std::span<const std::byte> early) noexcept;
  void read_away() noexcept;
  void refuse(int status, std::chrono::seconds retry_after = {}) noexcept;
  void write_head() noexcept;
  void leave_seat() noexcept;
  void end() noexcept;

  Server& server_;
  const std::size_t slot_;
  const ServerConfig& config_;
  std::span<std::byte> read_buffer_;
  std::unique_ptr<std::byte[]> memory_;  // allocated once: the request's head
  ws::UpgradeServer upgrade_;
  std::array<char, 512> head_{};  // our answer to it

  Stage stage_ = Stage::free;
  std::uint64_t id_ = 0;
  std::uint32_t tag_ = 0;
  Address peer_;
  const Entrance* entrance_ = nullptr;
  Stream* stream_ = nullptr;
  Service* service_ = nullptr;
  Seats* seats_ = nullptr;
  Seat* seat_ = nullptr;  // once it is admitted
  Instant deadline_ = never;
  Instant service_deadline_ = never;
  std::size_t head_written_ = 0;
  std::size_t head_size_ = 0;
  bool woken_ = false;  // the server's: it waits for a turn
  bool close_when_sent_ = false;
  bool in_message_ = false;  // a message is being handed up: a turn follows by itself
  std::uint16_t close_code_ = 0;
  std::array<char, 124> close_reason_{};
  std::size_t close_reason_size_ = 0;
};

}  // namespace kedge::server
