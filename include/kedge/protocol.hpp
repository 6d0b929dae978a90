#pragma once
// The interface of a protocol to the connection that carries it: it receives events and decides what an
// ending means.

#include <kedge/client_config.hpp>
#include <kedge/ending.hpp>
#include <kedge/handle.hpp>
#include <kedge/message.hpp>
#include <kedge/result.hpp>
#include <kedge/secret.hpp>
#include <kedge/time.hpp>
#include <kedge/upgrade_extras.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace kedge {

namespace ws {
class HttpHead;
}  // namespace ws

/// A WebSocket that was opened: what the 101 said. Valid only during the call.
class Opened {
 public:
  Opened(const Secret& credential, std::string_view chosen, std::optional<WallTime> said,
         const ws::HttpHead& response) noexcept
      : secret(credential), subprotocol(chosen), date(said), response_(response) {}

  /// The attempt's credential; empty if the configuration has no source.
  const Secret& secret;
  /// The subprotocol that the server chose from those offered; empty if it chose none.
  std::string_view subprotocol;
  /// The server's time of day (RFC 9110 section 6.6.1); nullopt if it sent none that can be read.
  std::optional<WallTime> date;
  /// The value of the first header of that name (case-insensitive), trimmed; empty if there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;

 private:
  const ws::HttpHead& response_;
};

/// One protocol's behaviour over the life of a client, across its connections. All calls come from the loop.
class Protocol {
 public:
  /// A new attempt begins: add headers, query parameters and subprotocols to its upgrade request. `secret`
  /// holds the attempt's credential, which is wiped when the attempt, or the connection that follows it, has
  /// ended. Return an error of any kind to end the attempt.
  virtual Result<void> on_attempt([[maybe_unused]] const Secret& secret,
                                  [[maybe_unused]] UpgradeExtras& extras) noexcept {
    return {};
  }
  /// The WebSocket is open. Send what authenticates the client (reserved messages go out before `ready`), or
  /// declare at once that the peer has accepted it.
  virtual void on_open(const Opened& opened) noexcept = 0;
  /// The state is ready; messages that are not reserved go out after this call.
  virtual void on_ready() noexcept {}
  /// A whole message, valid only during the call.
  virtual void on_message(const Message& message) noexcept = 0;
  /// A piece of a message that is larger than inbound_message_bytes_max, if the protocol takes pieces.
  virtual void on_piece([[maybe_unused]] MessageType type, [[maybe_unused]] std::span<const std::byte> piece,
                        [[maybe_unused]] bool first, [[maybe_unused]] bool last) noexcept {}
  /// Otherwise such a message was skipped; `bytes` is its size.
  virtual void on_discarded([[maybe_unused]] MessageType type,
                            [[maybe_unused]] std::uint64_t bytes) noexcept {}
  /// The stream has taken the last byte of a posted message; not called for requests. `tag` is
  /// PostOptions::tag. The room of a reserved message is free again: you may post another one from here.
  virtual void on_sent([[maybe_unused]] Handle entry, [[maybe_unused]] std::uint64_t tag) noexcept {}
  /// A posted message passed its timeout before it was written, and is dropped.
  virtual void on_expired([[maybe_unused]] Handle entry, [[maybe_unused]] std::uint64_t tag) noexcept {}
  /// The peer is closing with 1009: a message was too large for it. `being_written` is the caller's message
  /// that had not been sent whole by then, if any. `on_lost` or `on_stopped` follows.
  virtual void on_too_large([[maybe_unused]] Handle being_written) noexcept {}
  /// Whether `close()` must delay its close frame for an answer in progress. Called at each turn, for at most
  /// half of close_timeout.
  [[nodiscard]] virtual bool finishing() const noexcept { return false; }
  /// The protocol's part of the failure table; `usual` is the decision for all protocols. Called before
  /// `on_lost`.
  [[nodiscard]] virtual Judgement judge([[maybe_unused]] const Ending& ending,
                                        const Judgement& usual) noexcept {
    return usual;
  }
  /// A connection that was open (`on_open` was called) is gone; another attempt or `on_stopped` follows. Not
  /// called for a connection that `close()` ended: only `on_stopped` is.
  virtual void on_lost([[maybe_unused]] const Error& why) noexcept {}
  /// The client has stopped for good: every pending request completes with `why` (closed, or the failure;
  /// "Connection lost", of kind connection or authentication, when the retries are used up).
  virtual void on_stopped([[maybe_unused]] const Error& why) noexcept {}
  /// A turn of the loop in which `next_deadline()` has passed or something was marked: deliver completions,
  /// poll.
  virtual void on_turn([[maybe_unused]] Instant now) noexcept {}
  /// When `on_turn` is next needed: Instant::min() for at once, `never` for not at all.
  [[nodiscard]] virtual Instant next_deadline() const noexcept { return never; }

 protected:
  ~Protocol() = default;
};

}  // namespace kedge
