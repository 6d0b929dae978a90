#pragma once
// A WebSocket that holds, and nothing on top: text and binary messages out and in, whole or in pieces, on a
// line that comes back by itself.

#include <kedge/client.hpp>
#include <kedge/limits.hpp>
#include <kedge/message.hpp>
#include <kedge/port.hpp>
#include <kedge/priority.hpp>
#include <kedge/protocol.hpp>
#include <kedge/request.hpp>
#include <kedge/storage.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace kedge::websocket {

/// How the credential is shown to the server, in the upgrade's Authorization header.
enum class CredentialKind : std::uint8_t {
  none,    ///< not at all, and nobody is asked for one
  basic,   ///< `user:password`, RFC 7617
  bearer,  ///< a token, RFC 6750 section 2.1
};

/// A line of the upgrade's head.
struct Header {
  std::string_view name;
  std::string_view value;
};

/// A part of a message from the peer that is larger than Limits::inbound_message_bytes_max, as it arrives.
/// Its bytes are valid during the call that brings it.
struct Piece {
  MessageType type = MessageType::text;
  /// A piece of text may end inside a character; it is UTF-8 so far. The last one may be empty.
  std::span<const std::byte> bytes;
  bool first = false;
  bool last = false;
};

/// How the peer began to close a connection.
struct PeerClose {
  /// Of its close frame (RFC 6455 section 7.4); 0 when it sent none. 1005 stands for a frame without a code.
  std::uint16_t code = 0;
  /// The words in it, up to 123 bytes of UTF-8, with `***` in place of our credential.
  std::string_view reason;
};

/// All handlers are called from the loop; they may call the client, and must not destroy it.
struct Config {
  ClientConfig client = {};
  /// The credential comes from `client.credentials`, which is needed unless this says none. One that is not
  /// of the kind's form ends the attempt as `authentication`.
  CredentialKind credential = CredentialKind::none;
  /// For every upgrade. Copied. With the subprotocols and the user agent, which count too, at most half of
  /// Limits::upgrade_bytes_max. A secret belongs into the credential: what stands here is not looked for in
  /// the peer's words.
  std::span<const Header> headers = {};
  /// Offered, the one preferred first (RFC 6455 section 1.9); at most UpgradeExtras::subprotocols_max.
  /// Copied.
  std::span<const std::string_view> subprotocols = {};
  /// The User-Agent header (RFC 9110 section 10.1.5); empty: none. Copied.
  std::string_view user_agent = {};

  /// The line is there: what the 101 said, with the subprotocol that the server chose. Before the state is
  /// `ready`, which follows at once.
  Callback<void(const Opened& opened)> on_open = {};
  Callback<void(const Message& message)> on_message = {};
  /// For messages larger than Limits::inbound_message_bytes_max. Without one they are discarded, and counted
  /// in Statistics::discarded_messages. Of a message whose line is lost there is no last piece: the next one
  /// is a first again.
  Callback<void(const Piece& piece)> on_piece = {};
  /// One was discarded, of so many bytes.
  Callback<void(MessageType type, std::uint64_t bytes)> on_discarded = {};

  /// The longest that a source may have nothing to give, once it was asked. Positive.
  Duration source_timeout = std::chrono::seconds{30};
};

struct SendOptions {
  Priority priority = Priority::normal;
  /// From the call until its first byte leaves; passed: it is not sent, and ends with `timeout`. None: it
  /// waits as long as it takes.
  std::optional<Duration> deadline;
  /// What becomes of it when its line is lost with a part of it out: `fail` or `resend`. One that had not
  /// begun to leave waits for the next line in any case.
  OnLoss on_loss = OnLoss::fail;
};

/// What a source has put into the room that it was given.
struct Filled {
  std::size_t bytes = 0;  ///< from the room's beginning; 0 without `last`: nothing now
  bool last = false;      ///< the message ends with them; the last ones may be none
};

/// Gives the bytes of a message that is sent in pieces, when there is room for them. Called from the loop,
/// possibly out of the line's writing: it must not call the client.
class Source {
 public:
  /// Writes the next bytes into `room`, which is never empty. Nothing now: say so by 0 bytes, and call
  /// Client::source_ready() when there are some. An error ends the message with it.
  virtual Result<Filled> fill(std::span<std::byte> room) noexcept = 0;
  /// The line was lost with a part of the message out. True: it begins again with the first byte, on the next
  /// line; false: the message ends with `connection`.
  virtual bool rewind() noexcept { return false; }

 protected:
  ~Source() = default;
};

/// What a client keeps of each message that waits, should its bytes come from a source: its size.
inline constexpr std::size_t streamed_bytes = 24;
/// A client by itself: link, session, upgrade, and what the protocol remembers.
inline constexpr std::size_t client_bytes = cost::wide ? 4272 : 3320;
/// Bytes of storage that a client with these limits needs; any limits, also those that `check()` refuses.
[[nodiscard]] constexpr std::size_t storage_bytes(const Limits& limits) noexcept {
  return client_storage_bytes(limits, client_bytes) + limits.upgrade_bytes_max / 2U +
         limits.pending_max * streamed_bytes;
}
/// Room for one client, and its limits: `static websocket::Storage<Limits::small()> room;`.
template <Limits limits>
using Storage = Room<limits, storage_bytes(limits)>;

/// A client of one WebSocket server. Ready as soon as the server has accepted the upgrade.
class Client : public kedge::Client {
 public:
  /// `port` and `storage` are borrowed and must outlive the client. Starts nothing. What is wrong with the
  /// configuration or the storage is reported by `connect()`.
  template <Limits limits>
  Client(Port& port, Config&& config, Storage<limits>& storage) noexcept
      : Client(port, std::move(config), limits, storage.bytes()) {}
  /// The same, with limits that are chosen at run time. `storage` holds everything: `storage_bytes(limits)`
  /// bytes are enough.
  Client(Port& port, Config&& config, const Limits& limits, std::span<std::byte> storage) noexcept;

  /// Sends a message, copied; it waits for the line where there is none. `completion`, which may be empty, is
  /// called when the stream has taken the last byte: that the peer has read it is not known. Or with an error
  /// of kind
  /// - connection: the line was lost with a part of it out, see SendOptions::on_loss; or is lost for good
  /// - authentication, tls, protocol: as the line is lost for good
  /// - timeout: its deadline passed, nothing of it was sent
  /// - too_large: the peer closed with 1009 while it was being written
  /// - cancelled: one that has begun to leave leaves whole
  /// - closed
  /// When the peer closes, what was sent on this line before that was read, an answer perhaps, still goes out
  /// in front of our close frame and counts as sent: while the stream takes it, and as far as nothing is in
  /// front of it that had waited for the line. All else that has not begun to leave waits for the next one.
  ///
  /// One with an empty completion costs less, takes none of Limits::pending_max, and ends untold; `cancel()`
  /// says whether it was taken back. Errors, at once and without a completion:
  /// - config: text that is not UTF-8 (RFC 6455 section 5.6); a deadline that is not positive; OnLoss::keep,
  ///   as there is no answer to wait for
  /// - queue_full: Limits::pending_max, outbound_messages_max or outbound_bytes; see
  /// ClientConfig::on_writable
  /// - too_large: Limits::outbound_message_bytes_max
  /// - closed
  Result<Handle> send(MessageType type, std::span<const std::byte> bytes, Completion completion = {},
                      const SendOptions& options = {}) noexcept;
  Result<Handle> send_text(std::string_view text, Completion completion = {},
                           const SendOptions& options = {}) noexcept {
    return send(MessageType::text, std::as_bytes(std::span(text.data(), text.size())), std::move(completion),
                options);
  }

  /// Sends a message whose bytes `source` gives when there is room for them: larger than any buffer, and
  /// never held in one. `source` is borrowed until `completion` is called, or the client destroyed. `total`:
  /// the bytes that it will give, checked; none: not known. When its turn comes, those behind it wait until
  /// it has left whole; once a part of it is out, only pings, pongs and a close pass it by.
  ///
  /// A WebSocket message cannot be taken back. Where a part of it is out, what ends it ends the line too, and
  /// the next one follows: a source that has nothing for Config::source_timeout (close code 1001), `cancel()`
  /// (1001), an error of the source's, a total that is not kept, text that is not UTF-8 (1011).
  ///
  /// When the line is lost with a part of it out, the source is asked to `rewind()`; SendOptions::on_loss
  /// means nothing here. Completes as `send` does, and with an error of kind
  /// - timeout: its source had nothing for Config::source_timeout; its deadline passed, nothing was sent
  /// - config: the total was not kept, more was given than there was room for, text that is not UTF-8
  /// - any: what the source said
  /// Errors, at once and without a completion:
  /// - config: a deadline that is not positive
  /// - queue_full: Limits::pending_max, outbound_messages_max
  /// - closed
  Result<Handle> send_pieces(MessageType type, Source& source, std::optional<std::uint64_t> total,
                             Completion completion = {}, const SendOptions& options = {}) noexcept;
  /// The source whose turn it is has bytes again, or an end: it is asked on the next turn of the loop.
  void source_ready() noexcept;

  /// Reads nothing more, from within a handler too, until `resume()`: nothing is handed up, and the peer is
  /// slowed by TCP. Holds for the lines that follow as well. Meanwhile pings are neither sent nor answered,
  /// and that the line is gone, or that the peer closes it, is found only when something is sent, or after
  /// `resume()`. What had arrived on a line that is found broken, and that the system still has (a reset may
  /// take it away), is handed up first, should `resume()` come within ClientConfig::close_timeout; until then
  /// there is no other line, and what is sent waits.
  void pause() noexcept;
  /// Goes on, on the next turn of the loop, with what has waited.
  void resume() noexcept;

  using kedge::Client::close;
  /// The same with a code and words for the peer (RFC 6455 section 7.4). Copied. Errors, and nothing happens:
  /// - config: no code that a close frame may carry (1000 to 1003, 1007 to 1014, 3000 to 4999); a reason of
  ///   more than 123 bytes, or not UTF-8
  Result<void> close(std::uint16_t code, std::string_view reason) noexcept;

  /// The subprotocol that the server chose on the latest line, in the client's own memory; empty when it
  /// chose none, or there was no line yet.
  [[nodiscard]] std::string_view subprotocol() const noexcept;
  /// Whether the peer has said goodbye on the latest line that is gone, by a close frame of its own or in
  /// answer to ours. It has then read what went before that; else nobody knows.
  [[nodiscard]] bool peer_said_goodbye() const noexcept;
  /// How the peer began to close the latest line that is gone, if it did and we had not. The words are valid
  /// until the next line is gone. (The last ping's round trip: Statistics::round_trip.)
  [[nodiscard]] PeerClose peer_close() const noexcept;

 private:
  class Impl;
};

}  // namespace kedge::websocket
