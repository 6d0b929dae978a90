#pragma once
// BTP: Interledger packets over one WebSocket, in the two dialects that share the name. A packet is sent at
// most once: nothing is queued while there is no connection, and nothing is sent again on the next one.

#include <kedge/client.hpp>
#include <kedge/ilp.hpp>
#include <kedge/limits.hpp>
#include <kedge/port.hpp>
#include <kedge/priority.hpp>
#include <kedge/storage.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

namespace kedge::btp {

/// The two wire formats, which differ after the first five bytes of a message.
enum class Dialect : std::uint8_t {
  crosstown,  ///< the crosstown connector's
  btp2,       ///< BTP/2.0 (RFC-0023) carrying ILPv4 (RFC-0027)
};
/// A stable lower-case name, such as "btp2". Static storage.
[[nodiscard]] std::string_view to_string(Dialect dialect) noexcept;
/// The dialect of that name; nullopt if there is none.
[[nodiscard]] std::optional<Dialect> dialect_named(std::string_view name) noexcept;

/// The default peer id.
inline constexpr std::string_view default_peer_id = "agent-runtime";
/// Longest peer id, in bytes.
inline constexpr std::size_t peer_id_bytes_max = 128;

/// How a packet ended. Views are valid only during the completion.
struct PacketOutcome {
  using Result = ilp::Answer;

  Handle request;
  Error error;  ///< empty if there is an answer
  /// FULFILL or REJECT; meaningless if there is an error. The text of a REJECT is cut at 512 bytes, with
  /// `***` where it repeats the secret; its data are as the peer sent them.
  ilp::Answer answer;

  [[nodiscard]] static PacketOutcome of(Handle request, const Error& error, const Result* answer) noexcept {
    return {request, error, answer != nullptr ? *answer : Result{}};
  }
  [[nodiscard]] bool ok() const noexcept { return !error; }
  /// Null unless the packet was fulfilled.
  [[nodiscard]] const ilp::Fulfill* fulfill() const noexcept {
    return ok() ? std::get_if<ilp::Fulfill>(&answer) : nullptr;
  }
  /// Null unless the packet was rejected.
  [[nodiscard]] const ilp::Reject* reject() const noexcept {
    return ok() ? std::get_if<ilp::Reject>(&answer) : nullptr;
  }
};
using PacketCompletion = CompletionOf<PacketOutcome>;

/// A packet from the peer. Answer it with `Client::answer()`, during the call or later. Views are valid only
/// during the call; `id` stays valid.
struct IncomingPacket {
  /// Identifies the packet. An answer to it after its connection is lost returns an error.
  struct Id {
    std::uint32_t line = 0;     ///< number of the connection that brought it
    std::uint32_t request = 0;  ///< its BTP request id
  };
  Id id;
  ilp::Prepare prepare;
};
using PacketHandler = Callback<void(const IncomingPacket& packet)>;

/// Bytes that a client keeps per packet in flight: the condition that the fulfillment must match.
inline constexpr std::size_t condition_bytes = 32;
/// Bytes of the client itself: link, session, upgrade and the protocol's state.
inline constexpr std::size_t client_bytes = cost::wide ? 3984 : 3168;
/// Bytes of storage that a client with these limits needs. Also accepts limits that `check()` refuses.
[[nodiscard]] constexpr std::size_t storage_bytes(const Limits& limits) noexcept {
  return client_storage_bytes(limits, client_bytes) + limits.pending_max * condition_bytes;
}
/// Storage for one client and its limits: `static btp::Storage<Limits::small()> room;`.
template <Limits limits>
using Storage = Room<limits, storage_bytes(limits)>;

/// The protocol's defaults: authentication within 5 s, backoff from 1 s to 16 s, 5 reconnect attempts in a
/// row.
[[nodiscard]] inline ClientConfig default_client_config() noexcept {
  ClientConfig config;
  config.authentication_timeout = std::chrono::seconds{5};
  config.backoff.cap = std::chrono::seconds{16};
  config.max_retries = 5;
  return config;
}

struct Config {
  /// `client.credentials` writes the secret. A secret that the peer refuses, by an ERROR or by closing with
  /// 1008, is not a fatal failure: it uses up one attempt, because the peer may not know this client yet.
  ClientConfig client = default_client_config();
  Dialect dialect = Dialect::crosstown;
  /// The name that the client gives the peer: 1 to `peer_id_bytes_max` bytes of UTF-8. Copied.
  std::string_view peer_id = default_peer_id;
  /// Receives the packets that the peer sends. Without a handler they are rejected with F02.
  PacketHandler on_packet = {};
};

struct PacketOptions {
  /// From the call to the completion. Must be positive. By default the time that the packet leaves: until 500
  /// ms before it expires, but at least 1 s, even if it has expired (the connector decides that); 10 s on a
  /// device that does not know the time.
  std::optional<Duration> timeout;
  Priority priority = Priority::normal;
  /// The upper bound of that default. Must be positive.
  std::optional<Duration> timeout_max = std::nullopt;
};

/// A client of one BTP peer.
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

  /// Sends a packet, which is copied. Completes with FULFILL or REJECT, or with an error:
  /// - remote: the peer answered with a BTP ERROR; code and name are in the message, in the peer's words
  /// - protocol: the answer cannot be decoded, holds no packet or one that cannot be decoded, or its
  ///   fulfillment does not hash to the condition
  /// - too_large: the answer exceeds inbound_message_bytes_max, or the peer closed with 1009 because of the
  ///   packet
  /// - connection: the connection was lost
  /// - timeout, cancelled, closed
  ///
  /// All but `remote` set `Error::may_have_run()` if the packet was sent whole or can no longer be taken
  /// back: it may have been delivered. It is not set for a packet that was still queued.
  ///
  /// Errors, returned at once; `completion` is not called:
  /// - connection: the client is not ready; nothing is queued
  /// - config: the packet cannot be encoded (the message names the field), or a timeout is not positive
  /// - queue_full: every pending slot or outbound message is in use, or the outbound ring has too few bytes
  ///   left
  /// - too_large: the message exceeds outbound_message_bytes_max
  /// - closed: the client is closing or closed
  Result<Handle> send_packet(const ilp::Prepare& prepare, PacketCompletion completion,
                             const PacketOptions& options = {}) noexcept;
  /// Answers a packet that `on_packet` received. `answer` is copied. Answer each packet once: a second answer
  /// is also sent, but the peer ignores it.
  /// Errors:
  /// - connection: the connection that brought the packet is lost
  /// - config: the answer cannot be encoded; the message names the field
  /// - queue_full: every outbound message is in use, or the outbound ring has too few bytes left
  /// - too_large: the message exceeds outbound_message_bytes_max
  /// - closed: the client is closing or closed
  Result<void> answer(const IncomingPacket::Id& packet, const ilp::Answer& answer) noexcept;

  /// Whether packets can be sent: the state is `ready`.
  [[nodiscard]] bool is_connected() const noexcept { return state() == LinkState::ready; }

 private:
  friend struct IdSeam;  // for tests: ids wrap around only after 2^32 packets
  class Impl;
};

}  // namespace kedge::btp
