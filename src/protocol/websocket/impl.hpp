#pragma once
// The client behind its public face: the line is the peer's word as it is, so there is little between them.
//
// lifecycle.cpp follows the line, messages.cpp sends and receives.

#include "../core/client_core.hpp"
#include "upgrade_text.hpp"

#include <kedge/websocket.hpp>

#include <array>
#include <cstdint>
#include <string_view>

namespace kedge::websocket {

class Client::Impl : public ClientCore {
 public:
  /// Bytes it takes from an arena, beside its own size.
  static constexpr std::size_t storage_bytes(const Limits& limits) noexcept {
    return ClientCore::storage_bytes(limits) + arena_bytes<char>(UpgradeText::storage_bytes(limits));
  }
  Impl(Port& port, Config config, const Limits& limits, Arena& arena) noexcept;

  Result<Handle> send(MessageType type, std::span<const std::byte> bytes, Completion completion,
                      const SendOptions& options) noexcept;
  [[nodiscard]] std::string_view subprotocol() const noexcept { return subprotocol_; }
  [[nodiscard]] PeerClose peer_close() const noexcept {
    return {peer_close_code_, {peer_close_reason_.data(), peer_close_reason_bytes_}};
  }

 private:
  // ClientCore
  [[nodiscard]] std::string_view name_of(const PendingPool::Request& request) const noexcept override;
  // Protocol
  Result<void> on_attempt(const Secret& secret, UpgradeExtras& extras) noexcept override;
  void on_open(const Opened& opened) noexcept override;
  void on_message(const Message& message) noexcept override;
  void on_piece(MessageType type, std::span<const std::byte> piece, bool first, bool last) noexcept override;
  void on_sent(Handle entry, std::uint64_t tag) noexcept override;
  [[nodiscard]] Judgement judge(const Ending& ending, const Judgement& usual) noexcept override;

  CredentialKind credential_;
  Callback<void(const Opened&)> on_open_;
  Callback<void(const Message&)> on_message_;
  Callback<void(const Piece&)> on_piece_;
  UpgradeText text_;
  std::uint32_t outbound_message_bytes_max_;
  std::uint64_t last_id_ = 0;
  std::string_view subprotocol_;  // in `text_`
  std::uint16_t peer_close_code_ = 0;
  std::size_t peer_close_reason_bytes_ = 0;
  std::array<char, ws::close_reason_bytes_max> peer_close_reason_{};
};

}  // namespace kedge::websocket
