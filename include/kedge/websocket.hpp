#pragma once
// A WebSocket that reconnects by itself, with nothing on top: text and binary messages in both directions,
// whole or in pieces.

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

/// How the client sends the credential, in the upgrade's Authorization header.
enum class CredentialKind : std::uint8_t {
  none,    ///< not at all, and no hook is asked for one
  basic,   ///< `user:password`, RFC 7617
  bearer,  ///< a token, RFC 6750 section 2.1
};

/// A header line of the upgrade request.
struct Header {
  std::string_view name;
  std::string_view value;
};

/// A part of a message that is larger than Limits::inbound_message_bytes_max, as it arrives. `bytes` is valid
/// only during the call.
struct Piece {
  MessageType type = MessageType::text;
  /// Text may end inside a character, and is valid UTF-8 up to there. The last piece may be empty.
  std::span<const std::byte> bytes;
  bool first = false;
  bool last = false;
};

/// How the peer started to close a connection.
struct PeerClose {
  /// The code of its close frame (RFC 6455 section 7.4); 1005 for a frame without one, 0 without a close
  /// frame.
  std::uint16_t code = 0;
  /// Its reason, up to 123 bytes of UTF-8, with `***` in place of the client's credential.
  std::string_view reason;
};

/// The client calls all handlers from the loop. They may call the client, but must not destroy it.
struct Config {
  ClientConfig client = {};
  /// `client.credentials` writes the credential and is required unless this is `none`. A credential that does
  /// not have the form of its kind ends the attempt with `authentication`.
  CredentialKind credential = CredentialKind::none;
  /// Added to every upgrade request. Copied. Together with the subprotocols and the user agent, at most half
  /// of Limits::upgrade_bytes_max. Put secrets into the credential: the client does not look for values of
  /// these headers in text from the peer.
  std::span<const Header> headers = {};
  /// Subprotocols to offer, preferred first (RFC 6455 section 1.9); at most UpgradeExtras::subprotocols_max.
  /// Copied.
  std::span<const std::string_view> subprotocols = {};
  /// The User-Agent header (RFC 9110 section 10.1.5); empty: none. Copied.
  std::string_view user_agent = {};

  /// The connection is open: what the 101 said, with the subprotocol that the server chose. The state `ready`
  /// follows at once.
  Callback<void(const Opened& opened)> on_open = {};
  Callback<void(const Message& message)> on_message = {};
  /// Receives messages larger than Limits::inbound_message_bytes_max in pieces. Without a handler they are
  /// discarded and counted in Statistics::discarded_messages. If the connection is lost inside a message, its
  /// last piece never comes: the next piece is a `first` again.
  Callback<void(const Piece& piece)> on_piece = {};
  /// Called for each discarded message with its type and size in bytes.
  Callback<void(MessageType type, std::uint64_t bytes)> on_discarded = {};

  /// The longest time that a source may have nothing to give after it was asked. Must be positive.
  Duration source_timeout = std::chrono::seconds{30};
};

struct SendOptions {
  Priority priority = Priority::normal;
  /// From the call until the message's first byte leaves; when it passes, the message is not sent and
  /// completes with `timeout`. Must be positive. nullopt: no deadline.
  std::optional<Duration> deadline;
  /// What happens to a message that was partly sent when its connection is lost: `fail` or `resend`. A
  /// message that had not started to leave waits for the next connection in any case.
  OnLoss on_loss = OnLoss::fail;
};

/// What a source has written into the room that it was given.
struct Filled {
  std::size_t bytes = 0;  ///< from the start of the room; 0 without `last`: nothing now
  bool last = false;      ///< the message ends with these bytes, of which there may be none
};

/// Provides the bytes of a message that is sent in pieces, when there is room for them. Called from the loop,
/// possibly while the connection is being written to: it must not call the client.
class Source {
 public:
  /// Writes the next bytes into `room`, which is never empty. If there are none now, return 0 bytes and call
  /// Client::source_ready() once there are. An error ends the message and becomes its outcome.
  virtual Result<Filled> fill(std::span<std::byte> room) noexcept = 0;
  /// The connection was lost after a part of the message was sent. Return true to send it again from its
  /// first byte on the next connection, false to end it with `connection`.
  virtual bool rewind() noexcept { return false; }

 protected:
  ~Source() = default;
};

/// Bytes that a client keeps per message that waits, in case its bytes come from a source.
inline constexpr std::size_t streamed_bytes = 24;
/// Bytes of the client itself: link, session, upgrade and the protocol's state.
inline constexpr std::size_t client_bytes = cost::wide ? 4272 : 3320;
/// Bytes of storage that a client with these limits needs. Also accepts limits that `check()` refuses.
[[nodiscard]] constexpr std::size_t storage_bytes(const Limits& limits) noexcept {
  return client_storage_bytes(limits, client_bytes) + limits.upgrade_bytes_max / 2U +
         limits.pending_max * streamed_bytes;
}
/// Storage for one client and its limits: `static websocket::Storage<Limits::small()> room;`.
template <Limits limits>
using Storage = Room<limits, storage_bytes(limits)>;

/// A client of one WebSocket server. It is ready as soon as the server has accepted the upgrade.
class Client : public kedge::Client {
 public:
  /// `port` and `storage` are borrowed and must outlive the client. Starts nothing; `connect()` reports what
  /// is wrong with the configuration or the storage.
  template <Limits limits>
  Client(Port& port, Config&& config, Storage<limits>& storage) noexcept
      : Client(port, std::move(config), limits, storage.bytes()) {}
  /// The same with limits chosen at run time. `storage` holds everything; `storage_bytes(limits)` bytes are
  /// enough.
  Client(Port& port, Config&& config, const Limits& limits, std::span<std::byte> storage) noexcept;

  /// Sends a message, which is copied; without a connection it waits for one. `completion`, which may be
  /// empty, is called when the stream has taken the last byte (whether the peer has read it is unknown), or
  /// with an error:
  /// - connection: the connection was lost after a part was sent (see SendOptions::on_loss), or the client
  ///   gave up
  /// - authentication, tls, protocol: the client gave up for that reason
  /// - timeout: its deadline passed and nothing of it was sent
  /// - too_large: the peer closed with 1009 while it was being written
  /// - cancelled: by `cancel()`; a message that has started to leave still leaves whole
  /// - closed: by `close()`
  ///
  /// When the peer closes, a message that you sent on this connection before the client read the close frame
  /// (an answer, perhaps) still goes out before the client's own close frame and counts as sent, as long as
  /// the stream takes it and no message in front of it had waited for the connection. Every other message
  /// that has not started to leave waits for the next connection.
  ///
  /// A message with an empty completion costs less, takes no slot of Limits::pending_max, and its end is not
  /// reported; `cancel()` returns whether it was taken back.
  ///
  /// Errors, returned at once; `completion` is not called:
  /// - config: text that is not UTF-8 (RFC 6455 section 5.6), a deadline that is not positive, or
  ///   OnLoss::keep, as there is no answer to wait for
  /// - queue_full: Limits::pending_max, outbound_messages_max or outbound_bytes are used up; see
  ///   ClientConfig::on_writable
  /// - too_large: the message exceeds Limits::outbound_message_bytes_max, or all of outbound_bytes
  /// - closed: the client is closing or closed
  Result<Handle> send(MessageType type, std::span<const std::byte> bytes, Completion completion = {},
                      const SendOptions& options = {}) noexcept;
  /// Sends a text message. As `send`, with the same errors.
  Result<Handle> send_text(std::string_view text, Completion completion = {},
                           const SendOptions& options = {}) noexcept {
    return send(MessageType::text, std::as_bytes(std::span(text.data(), text.size())), std::move(completion),
                options);
  }

  /// Sends a message whose bytes `source` provides when there is room for them, so it may be larger than any
  /// buffer. `source` is borrowed until `completion` is called or the client is destroyed. `total` is the
  /// number of bytes that it will give, which is checked; nullopt: unknown. Messages behind it wait until it
  /// has left whole; once a part of it is sent, only pings, pongs and a close frame overtake it.
  ///
  /// A WebSocket message cannot be taken back. If a part of it was sent, whatever ends the message ends the
  /// connection too, and the next one follows: a source that has nothing for Config::source_timeout (close
  /// code 1001), `cancel()` (1001), an error of the source, a wrong total, or text that is not UTF-8 (1011).
  ///
  /// If the connection is lost after a part was sent, the client calls `Source::rewind()`;
  /// SendOptions::on_loss decides nothing here. Completes as `send` does, or with an error:
  /// - timeout: the source had nothing for Config::source_timeout, or the deadline passed and nothing was
  ///   sent
  /// - config: the source broke its total, gave more than the room held, or gave text that is not UTF-8
  /// - any kind: the error that the source returned
  ///
  /// Errors, returned at once; `completion` is not called:
  /// - config: a deadline that is not positive, or OnLoss::keep
  /// - queue_full: Limits::pending_max or outbound_messages_max are used up
  /// - closed: the client is closing or closed
  Result<Handle> send_pieces(MessageType type, Source& source, std::optional<std::uint64_t> total,
                             Completion completion = {}, const SendOptions& options = {}) noexcept;
  /// Reports that the current source has bytes again, or its end: the client asks it on the next turn of the
  /// loop.
  void source_ready() noexcept;

  /// Stops reading until `resume()`, also when called from a handler: no handler receives anything, and TCP
  /// slows the peer down. Applies to later connections too. While paused, the client neither sends nor
  /// answers pings, and finds out only when it sends something, or after `resume()`, that the connection was
  /// lost or the peer closes it. What had arrived on a connection found broken, and the system still has (a
  /// reset may discard it), is delivered first if `resume()` comes within ClientConfig::close_timeout; until
  /// then there is no other connection, and messages wait.
  void pause() noexcept;
  /// Reads again from the next turn of the loop on, starting with what has waited.
  void resume() noexcept;

  using kedge::Client::close;
  /// Closes with a code and a reason for the peer (RFC 6455 section 7.4). `reason` is copied. With an error
  /// nothing happens.
  /// Errors:
  /// - config: a code that a close frame may not carry (allowed: 1000 to 1003, 1007 to 1014, 3000 to 4999),
  ///   or a reason that is longer than 123 bytes or not UTF-8
  Result<void> close(std::uint16_t code, std::string_view reason) noexcept;

  /// The subprotocol that the server chose on the latest connection; empty if it chose none or there was no
  /// connection yet. A view of the client's own memory.
  [[nodiscard]] std::string_view subprotocol() const noexcept;
  /// Whether the peer sent a close frame, its own or an answer to ours, on the latest connection that has
  /// ended. If so, it has read everything sent before; otherwise that is unknown.
  [[nodiscard]] bool peer_said_goodbye() const noexcept;
  /// How the peer started to close the latest connection that has ended, if it did so before this client.
  /// `reason` is valid until the next connection ends. (For the last ping's round trip see
  /// Statistics::round_trip.)
  [[nodiscard]] PeerClose peer_close() const noexcept;

 private:
  class Impl;
};

}  // namespace kedge::websocket
