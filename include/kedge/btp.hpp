#pragma once
// BTP: Interledger packets over one WebSocket line, in the two dialects that share its name. What is sent is
// sent once: nothing waits for a line, and nothing is sent again on the next.

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

/// Byte for byte different beyond the first five bytes of a message.
enum class Dialect : std::uint8_t {
  crosstown,  ///< the crosstown connector's
  btp2,       ///< BTP/2.0 (RFC-0023) carrying ILPv4 (RFC-0027)
};
/// A stable lower-case name, such as "btp2". Static storage.
[[nodiscard]] std::string_view to_string(Dialect dialect) noexcept;
/// The dialect of that name; none when there is no such.
[[nodiscard]] std::optional<Dialect> dialect_named(std::string_view name) noexcept;

/// The default peer id.
inline constexpr std::string_view default_peer_id = "agent-runtime";
/// Longest peer id, in bytes.
inline constexpr std::size_t peer_id_bytes_max = 128;

/// How a packet ended. Views are valid during the completion only.
struct PacketOutcome {
  using Result = ilp::Answer;

  Handle request;
  Error error;  ///< empty when there is an answer
  /// FULFILL or REJECT; says nothing when there is an error. Words of a REJECT that repeat the secret have
  /// `***` in its place, and 512 bytes at most; data are as the peer sent them.
  ilp::Answer answer;

  [[nodiscard]] static PacketOutcome of(Handle request, const Error& error, const Result* answer) noexcept {
    return {request, error, answer != nullptr ? *answer : Result{}};
  }
  [[nodiscard]] bool ok() const noexcept { return !error; }
  /// Null when it was not fulfilled.
  [[nodiscard]] const ilp::Fulfill* fulfill() const noexcept {
    return ok() ? std::get_if<ilp::Fulfill>(&answer) : nullptr;
  }
  /// Null when it was not rejected.
  [[nodiscard]] const ilp::Reject* reject() const noexcept {
    return ok() ? std::get_if<ilp::Reject>(&answer) : nullptr;
  }
};
using PacketCompletion = CompletionOf<PacketOutcome>;

/// A packet that the peer has sent, to be answered with `Client::answer()`, during the call or later. Views
/// are valid during the call only; `id` is.
struct IncomingPacket {
  /// Names the packet; harmless once its line is lost.
  struct Id {
    std::uint32_t line = 0;
    std::uint32_t request = 0;
  };
  Id id;
  ilp::Prepare prepare;
};
using PacketHandler = Callback<void(const IncomingPacket& packet)>;

/// What a client keeps of each packet in flight to know what it promised to pay for: its size.
inline constexpr std::size_t condition_bytes = 32;
/// A client by itself: link, session, upgrade, and what the protocol remembers.
inline constexpr std::size_t client_bytes = cost::wide ? 3984 : 3168;
/// Bytes of storage that a client with these limits needs; any limits, also those that `check()` refuses.
[[nodiscard]] constexpr std::size_t storage_bytes(const Limits& limits) noexcept {
  return client_storage_bytes(limits, client_bytes) + limits.pending_max * condition_bytes;
}
/// Room for one client, and its limits: `static btp::Storage<Limits::small()> room;`.
template <Limits limits>
using Storage = Room<limits, storage_bytes(limits)>;

/// The protocol's defaults: authentication within 5 s, backoff from 1 s to
/// 16 s, 5 attempts in a row.
[[nodiscard]] inline ClientConfig default_client_config() noexcept {
  ClientConfig config;
  config.authentication_timeout = std::chrono::seconds{5};
  config.backoff.cap = std::chrono::seconds{16};
  config.max_retries = 5;
  return config;
}

struct Config {
  /// The secret comes from `client.credentials`. A secret that the peer refuses, by an ERROR or by closing
  /// with 1008, is no fatal failure: it uses up an attempt, as the peer may not know us yet.
  ClientConfig client = default_client_config();
  Dialect dialect = Dialect::crosstown;
  /// Our name to the peer: 1 to `peer_id_bytes_max` bytes of UTF-8. Copied.
  std::string_view peer_id = default_peer_id;
  /// Hears of packets that the peer sends. Without one they are rejected with F02.
  PacketHandler on_packet = {};
};

struct PacketOptions {
  /// From the call to the completion. Without one it is what the packet leaves: until 500 ms before it
  /// expires, at least 1 s, even when it has expired already: that is the connector's to say; 10 s on a
  /// device that does not know the time.
  std::optional<Duration> timeout;
  Priority priority = Priority::normal;
  /// Without a timeout: the longest it may be, whatever the packet leaves.
  std::optional<Duration> timeout_max = std::nullopt;
};

/// A client of one BTP peer.
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

  /// Sends a packet. Copied. Completes with FULFILL or REJECT, or with an error of kind remote (a BTP ERROR:
  /// its code and name in the message, in the peer's words), protocol (an answer that cannot be decoded,
  /// without a packet or with one that cannot be decoded, a fulfillment that does not hash to the condition),
  /// too_large (an answer larger than inbound_message_bytes_max; a packet that the peer closed for with
  /// 1009), connection (the line was lost), timeout, cancelled, closed. All but remote have
  /// `Error::may_have_run()` where the packet had left whole or cannot be called back: it may have been
  /// delivered. One that was still queued has not. Errors, at once and without a completion: connection (not
  /// ready: nothing is queued), config (the packet cannot be encoded: the field by name; a timeout that is
  /// not positive), queue_full (pool or ring), too_large (outbound_message_bytes_max), closed.
  Result<Handle> send_packet(const ilp::Prepare& prepare, PacketCompletion completion,
                             const PacketOptions& options = {}) noexcept;
  /// Answers a packet that `on_packet` received. Copied. Once for each packet: a second answer is sent,
  /// too, and means nothing to the peer. Errors: connection (its line is gone), config
  /// (the answer cannot be encoded: the field by name), queue_full, too_large, closed.
  Result<void> answer(const IncomingPacket::Id& packet, const ilp::Answer& answer) noexcept;

  /// Whether packets can be sent: the state is ready.
  [[nodiscard]] bool is_connected() const noexcept { return state() == LinkState::ready; }

 private:
  friend struct IdSeam;  // the tests': ids come around only after 2^32 packets
  class Impl;
};

}  // namespace kedge::btp
