#pragma once
// What a protocol is to the line that carries it: it receives events, and decides what an ending means.

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

/// A WebSocket that was opened: what the 101 said. Valid during the call.
class Opened {
 public:
  Opened(const Secret& credential, std::string_view chosen, std::optional<WallTime> said,
         const ws::HttpHead& response) noexcept
      : secret(credential), subprotocol(chosen), date(said), response_(response) {}

  /// The attempt's credential; empty when the configuration has no source of one.
  const Secret& secret;
  /// The subprotocol that the server chose of those offered; empty when it chose none.
  std::string_view subprotocol;
  /// The server's time of day (RFC 9110 section 6.6.1), if it gave one that can be read.
  std::optional<WallTime> date;
  /// The first field of that name (case-insensitive), trimmed; empty when absent.
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;

 private:
  const ws::HttpHead& response_;
};

/// One protocol's behaviour over the life of a line, across its connections. All calls come from the loop.
class Protocol {
 public:
  /// A new attempt begins: add headers, query parameters and subprotocols. The credential of this attempt is
  /// in `secret` (wiped when the attempt, or the line that came of it, is over). An error ends the attempt.
  virtual Result<void> on_attempt([[maybe_unused]] const Secret& secret,
                                  [[maybe_unused]] UpgradeExtras& extras) noexcept {
    return {};
  }
  /// The WebSocket is open. Send what authenticates (reserved entries go out before ready), or say at once
  /// that the peer has accepted us.
  virtual void on_open(const Opened& opened) noexcept = 0;
  /// The state is ready; entries that are not reserved flow after this call.
  virtual void on_ready() noexcept {}
  /// A whole message.
  virtual void on_message(const Message& message) noexcept = 0;
  /// A piece of a message that is larger than inbound_message_bytes_max, where such come in pieces.
  virtual void on_piece([[maybe_unused]] MessageType type, [[maybe_unused]] std::span<const std::byte> piece,
                        [[maybe_unused]] bool first, [[maybe_unused]] bool last) noexcept {}
  /// Where they do not, one was skipped; `bytes` is its size.
  virtual void on_discarded([[maybe_unused]] MessageType type,
                            [[maybe_unused]] std::uint64_t bytes) noexcept {}
  /// The last byte of what was posted was accepted by the stream; of requests none is told. `tag` is that of
  /// PostOptions. The room of a message of its own is free by then: another may be posted from here.
  virtual void on_sent([[maybe_unused]] Handle entry, [[maybe_unused]] std::uint64_t tag) noexcept {}
  /// What was posted passed its timeout unwritten and is gone.
  virtual void on_expired([[maybe_unused]] Handle entry, [[maybe_unused]] std::uint64_t tag) noexcept {}
  /// The peer is closing with 1009 (a message was too large for it); `being_written` is the user's message
  /// that had not left whole by then, if there was one. on_lost or on_stopped follows.
  virtual void on_too_large([[maybe_unused]] Handle being_written) noexcept {}
  /// Whether the goodbye of a close must wait for an answer that is under way. Asked at each turn, for half
  /// of close_timeout at most.
  [[nodiscard]] virtual bool finishing() const noexcept { return false; }
  /// The protocol's rows of the failure table; `usual` is what holds for all protocols. Before on_lost.
  [[nodiscard]] virtual Judgement judge([[maybe_unused]] const Ending& ending,
                                        const Judgement& usual) noexcept {
    return usual;
  }
  /// A connection that had been open (on_open was called) is gone; another attempt follows, or on_stopped. Of
  /// one that `close()` ended, on_stopped alone tells.
  virtual void on_lost([[maybe_unused]] const Error& why) noexcept {}
  /// The link has ended for good: everything pending completes with `why` (closed, or the failure;
  /// "Connection lost", of kind connection or authentication, when attempts are used up).
  virtual void on_stopped([[maybe_unused]] const Error& why) noexcept {}
  /// A turn of the loop in which next_deadline() has come, or something was marked: deliver completions,
  /// poll.
  virtual void on_turn([[maybe_unused]] Instant now) noexcept {}
  /// When `on_turn` is next needed: Instant::min() when at once, `never` when not.
  [[nodiscard]] virtual Instant next_deadline() const noexcept { return never; }

 protected:
  ~Protocol() = default;
};

}  // namespace kedge
