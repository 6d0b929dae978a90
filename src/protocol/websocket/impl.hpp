#pragma once
// The client behind its public face: the line is the peer's word as it is, so there is little between them.
//
// lifecycle.cpp follows the line, messages.cpp sends and receives, pieces.cpp asks sources.

#include "../../codec/utf8.hpp"
#include "../core/client_core.hpp"
#include "upgrade_text.hpp"

#include <kedge/websocket.hpp>

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

namespace kedge::websocket {

class Client::Impl : public ClientCore, private OutboundSource {
 public:
  /// Bytes it takes from an arena, beside its own size.
  static constexpr std::size_t storage_bytes(const Limits& limits) noexcept {
    return ClientCore::storage_bytes(limits) + arena_bytes<char>(UpgradeText::storage_bytes(limits)) +
           arena_bytes<Streamed>(limits.pending_max);
  }
  Impl(Port& port, Config&& config, const Limits& limits, Arena& arena) noexcept;

  Result<Handle> send(MessageType type, std::span<const std::byte> bytes, Completion&& completion,
                      const SendOptions& options) noexcept;
  Result<Handle> send_pieces(MessageType type, Source& source, std::optional<std::uint64_t> total,
                             Completion completion, const SendOptions& options) noexcept;
  void source_ready() noexcept;
  void pause() noexcept;
  void resume() noexcept;
  bool cancel(Handle message) noexcept override;
  [[nodiscard]] std::string_view subprotocol() const noexcept { return subprotocol_; }
  [[nodiscard]] PeerClose peer_close() const noexcept {
    return {peer_close_code_, {peer_close_reason_.data(), peer_close_reason_bytes_}};
  }

 private:
  /// A message in pieces, as its request goes.
  struct Streamed {
    Source* source = nullptr;
    std::uint64_t total = 0;  ///< of its bytes, or `unknown`
    std::uint64_t given = 0;  ///< on this line
  };
  /// In the index of a handle: that of a message in the ring, whose end nobody is told.
  static constexpr std::uint32_t posted = 0x80000000U;
  static constexpr std::uint64_t unknown = std::numeric_limits<std::uint64_t>::max();

  // Protocol
  Result<void> on_attempt(const Secret& secret, UpgradeExtras& extras) noexcept override;
  void on_open(const Opened& opened) noexcept override;
  void on_message(const Message& message) noexcept override;
  void on_piece(MessageType type, std::span<const std::byte> piece, bool first, bool last) noexcept override;
  void on_discarded(MessageType type, std::uint64_t bytes) noexcept override;
  void on_sent(Handle entry, std::uint64_t tag) noexcept override;
  void on_lost(const Error& why) noexcept override;
  void on_stopped(const Error& why) noexcept override;
  void on_turn(Instant now) noexcept override;
  [[nodiscard]] Instant next_deadline() const noexcept override;
  // OutboundSource
  Given fill(std::uint64_t tag, std::span<std::byte> room) noexcept override;
  [[nodiscard]] Judgement judge(const Ending& ending, const Judgement& usual) noexcept override;

  /// How the peer has closed the line, if it has.
  void remember_peer_close(const Ending& ending) noexcept;

  // messages.cpp
  [[nodiscard]] bool may_send(const SendOptions& options) const noexcept {
    const bool in_time = !options.deadline || *options.deadline > Duration::zero();
    return in_time && options.on_loss != OnLoss::keep && !is_closed();
  }
  /// Why not.
  [[nodiscard]] Error refusal(const SendOptions& options) const noexcept;
  [[nodiscard]] OutboundOptions outbound(MessageType type, const SendOptions& options) noexcept;
  Result<Sink*> begin(MessageType type, AnyCompletion completion, const OutboundOptions& outbound) noexcept;
  Result<Handle> post(std::span<const std::byte> bytes, const OutboundOptions& outbound) noexcept;

  // pieces.cpp
  [[nodiscard]] Error check_piece(const PendingPool::Request& request, const Streamed& streamed,
                                  std::span<const std::byte> room, const Filled& filled) noexcept;
  void give_up(Handle request, const Error& why, std::uint16_t close_code) noexcept;
  void rewind_sources() noexcept;
  void watch_source(Instant now) noexcept;

  CredentialKind credential_;
  Callback<void(const Opened&)> on_open_;
  Callback<void(const Message&)> on_message_;
  Callback<void(const Piece&)> on_piece_;
  Callback<void(MessageType, std::uint64_t)> on_discarded_;
  UpgradeText text_;
  std::uint32_t outbound_message_bytes_max_;
  std::uint64_t last_id_ = 0;
  bool paused_ = false;
  Duration source_timeout_;
  std::span<Streamed> streamed_;  // by the index of a request's handle
  Handle asked_;                  // the request whose source was asked and has not given the last piece
  Handle asked_entry_;            // its message in the ring
  Instant idle_until_ = never;    // while that source has nothing
  codec::Utf8Validator utf8_;     // of what that source gave
  std::string_view subprotocol_;  // in `text_`
  std::uint16_t peer_close_code_ = 0;
  std::size_t peer_close_reason_bytes_ = 0;
  std::array<char, ws::close_reason_bytes_max> peer_close_reason_{};
};

}  // namespace kedge::websocket
