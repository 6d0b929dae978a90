#pragma once
// The client behind its public face: what the link tells it, and the packets that wait.
//
// lifecycle.cpp follows the line, packets.cpp sends, messages_in.cpp reads what the peer says.

#include "../core/client_core.hpp"
#include "ids.hpp"
#include "message.hpp"
#include "packet.hpp"

#include <kedge/btp.hpp>

#include <array>
#include <optional>

namespace kedge::btp {

class Client::Impl : public ClientCore {
 public:
  /// Bytes it takes from an arena, beside its own size.
  static constexpr std::size_t storage_bytes(const Limits& limits) noexcept {
    return ClientCore::storage_bytes(limits) + arena_bytes<Condition>(limits.pending_max);
  }
  Impl(Port& port, Config&& config, const Limits& limits, Arena& arena) noexcept;

  Result<Handle> send_packet(const ilp::Prepare& prepare, PacketCompletion completion,
                             const PacketOptions& options) noexcept;
  Result<void> answer(const IncomingPacket::Id& packet, const ilp::Answer& answer) noexcept;

 private:
  friend struct IdSeam;
  using Condition = std::array<std::byte, ilp::hash_bytes>;
  static_assert(sizeof(Condition) == condition_bytes);

  // Protocol
  void on_open(const Opened& opened) noexcept override;
  void on_message(const kedge::Message& message) noexcept override;
  void on_piece(kedge::MessageType type, std::span<const std::byte> piece, bool first,
                bool last) noexcept override;
  void on_lost(const Error& why) noexcept override;
  [[nodiscard]] Judgement judge(const Ending& ending, const Judgement& usual) noexcept override;

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

  PacketHandler on_packet_;
  std::array<char, peer_id_bytes_max> peer_id_{};
  std::size_t peer_id_bytes_ = 0;
  Dialect dialect_;
  std::span<Condition> conditions_;  // by the index of a request's handle
  Ids ids_;
  std::array<std::byte, MessageHead::bytes> head_{};  // of a message too large to be kept
  std::size_t head_bytes_ = 0;
  std::uint64_t large_bytes_ = 0;  // of the whole of it
  std::uint32_t auth_id_ = 0;      // of this connection
  std::uint32_t line_ = 0;         // counts connections
};

}  // namespace kedge::btp
