#pragma once
// The client behind its public face: what the link tells it, and the packets that wait.
//
// lifecycle.cpp follows the line, packets.cpp sends, messages_in.cpp reads what the peer says.

#include "../../link/link.hpp"
#include "../../link/pending_pool.hpp"
#include "../../link/requests.hpp"
#include "ids.hpp"
#include "message.hpp"
#include "packet.hpp"

#include <kedge/btp.hpp>

#include <array>
#include <optional>

namespace kedge::btp {

class Client::Impl final : private Protocol {
 public:
  /// Bytes it takes from an arena, beside its own size.
  static constexpr std::size_t storage_bytes(const Limits& limits) noexcept {
    return Link::storage_bytes(limits) + PendingPool::storage_bytes(limits) +
           arena_bytes<Condition>(limits.pending_max);
  }
  Impl(Port& port, Config config, const Limits& limits, Arena& arena) noexcept;

  [[nodiscard]] Link& link() noexcept { return link_; }
  void close() noexcept;
  [[nodiscard]] const Statistics& statistics() noexcept { return requests_.statistics(); }
  Result<Handle> send_packet(const ilp::Prepare& prepare, PacketCompletion completion,
                             const PacketOptions& options) noexcept;
  bool cancel(Handle request) noexcept { return requests_.cancel(request); }
  Result<void> answer(const IncomingPacket::Id& packet, const ilp::Answer& answer) noexcept;

 private:
  friend struct IdSeam;
  using Condition = std::array<std::byte, ilp::hash_bytes>;
  static_assert(sizeof(Condition) == cost::condition_bytes);

  // Protocol
  Result<void> on_attempt(const Secret& secret, ws::UpgradeExtras& extras) noexcept override;
  void on_open(const Secret& secret) noexcept override;
  void on_ready() noexcept override;
  void on_message(ws::MessageType type, std::span<const std::byte> payload) noexcept override;
  void on_piece(ws::MessageType type, std::span<const std::byte> piece, bool first,
                bool last) noexcept override;
  void on_discarded(ws::MessageType type, std::uint64_t bytes) noexcept override;
  void on_sent(Handle entry, std::uint32_t tag) noexcept override;
  void on_expired(Handle entry, std::uint32_t tag) noexcept override;
  void on_too_large(Handle being_written) noexcept override { requests_.on_too_large(being_written); }
  void on_lost(const Error& why) noexcept override;
  void on_stopped(const Error& why) noexcept override;
  [[nodiscard]] Judgement judge(const Ending& ending, const Judgement& usual) noexcept override;
  void on_turn(Instant now) noexcept override;
  [[nodiscard]] Instant next_deadline() const noexcept override;

  // packets.cpp
  [[nodiscard]] Duration timeout_of(const ilp::Prepare& prepare, const PacketOptions& options) noexcept;
  [[nodiscard]] std::uint32_t take_id() noexcept;

  // messages_in.cpp
  void on_auth_answer(const Message& message) noexcept;
  void on_unreadable(std::span<const std::byte> bytes, const Error& why) noexcept;
  void on_large_message(const MessageHead& head, std::uint64_t bytes) noexcept;
  [[nodiscard]] std::optional<Handle> asked(std::uint32_t request_id) noexcept;
  void on_response(Handle handle, const Message& message) noexcept;
  void on_reject(Handle handle, ilp::Reject reject) noexcept;
  void on_error(Handle handle, const Message& message) noexcept;
  void on_request(const Message& message) noexcept;
  void reject(std::uint32_t request_id, const ilp::Reject& reject) noexcept;
  void refuse(std::uint32_t request_id, std::string_view code, std::string_view name,
              std::string_view why) noexcept;
  void protocol_error(std::string_view what) noexcept;

  PacketHandler on_packet_;
  std::array<char, peer_id_bytes_max> peer_id_{};
  std::size_t peer_id_bytes_ = 0;
  Dialect dialect_;
  PendingPool pool_;
  std::span<Condition> conditions_;  // by the index of a request's handle
  Link link_;
  Requests requests_{link_, pool_};
  Ids ids_;
  std::array<std::byte, MessageHead::bytes> head_{};  // of a message too large to be kept
  std::size_t head_bytes_ = 0;
  std::uint64_t large_bytes_ = 0;  // of the whole of it
  std::uint32_t auth_id_ = 0;      // of this connection
  std::uint32_t line_ = 0;         // counts connections
  bool authenticated_ = false;     // on this connection
  bool closed_ = false;            // nothing can be sent any more
};

}  // namespace kedge::btp
