#pragma once
// What the link needs from a protocol.

#include "../ws/frame.hpp"
#include "../ws/upgrade.hpp"
#include "failure.hpp"

#include <kedge/client.hpp>

#include <cstdint>
#include <span>

namespace kedge {

/// One protocol's behaviour over the life of a link. All calls come from the loop.
class Protocol {
 public:
  /// A new attempt begins: add headers and query parameters; the credential of this attempt is in `secret`
  /// (wiped when the attempt, or the line that came of it, is over). An error ends the attempt.
  virtual Result<void> on_attempt(const Secret& secret, ws::UpgradeExtras& extras) noexcept = 0;
  /// The WebSocket is open. Send what authenticates (reserved entries go out before ready), or call
  /// Link::authenticated() at once.
  virtual void on_open(const Secret& secret) noexcept = 0;
  /// Link::authenticated() was called and the state is ready; entries that are not reserved flow after this
  /// call.
  virtual void on_ready() noexcept = 0;
  virtual void on_message(ws::MessageType type, std::span<const std::byte> payload) noexcept = 0;
  virtual void on_piece(ws::MessageType type, std::span<const std::byte> piece, bool first,
                        bool last) noexcept = 0;
  virtual void on_discarded(ws::MessageType type, std::uint64_t bytes) noexcept = 0;
  /// An outbound entry's last byte was accepted by the stream.
  virtual void on_sent(Handle entry, std::uint32_t tag) noexcept = 0;
  /// An outbound entry passed its deadline unwritten and is gone.
  virtual void on_expired(Handle entry, std::uint32_t tag) noexcept = 0;
  /// The peer is closing with 1009 (a message was too large for it); `being_written` is the user's message
  /// that had not left whole by then, if there was one. on_lost or on_stopped follows.
  virtual void on_too_large([[maybe_unused]] Handle being_written) noexcept {}
  /// Whether the goodbye of a close must wait for an answer that is under way. Asked at each turn, for half
  /// of close_timeout at most.
  [[nodiscard]] virtual bool finishing() const noexcept { return false; }
  /// A connection that had been open (on_open was called) is gone; another attempt will follow.
  virtual void on_lost(const Error& why) noexcept = 0;
  /// The link has ended for good: everything pending completes with `why` (closed, or the failure; kind
  /// connection and "Connection lost" when attempts are used up).
  virtual void on_stopped(const Error& why) noexcept = 0;
  /// The protocol's rows of the failure table; `usual` is what holds for all protocols. Before on_lost.
  [[nodiscard]] virtual Judgement judge(const Ending&, const Judgement& usual) noexcept { return usual; }
  /// A turn of the loop in which next_deadline() has come, or something was marked: deliver completions,
  /// poll.
  virtual void on_turn(Instant now) noexcept = 0;
  /// When `on_turn` is next needed: Instant::min() when at once, `never` when not.
  [[nodiscard]] virtual Instant next_deadline() const noexcept = 0;

 protected:
  ~Protocol() = default;
};

}  // namespace kedge
