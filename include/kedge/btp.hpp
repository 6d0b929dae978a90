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
#include <type_traits>
#include <utility>

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

/// Who a client says it is unless told otherwise.
inline constexpr std::string_view default_peer_id = "agent-runtime";
/// Longest peer id, in bytes.
inline constexpr std::size_t peer_id_bytes_max = 128;

/// How a packet ended. References and views are valid during the completion only.
struct PacketOutcome {
  Handle request;
  const Error& error;  ///< empty when there is an answer
  /// FULFILL or REJECT; says nothing when there is an error. Words of a REJECT that repeat the secret have
  /// `***` in its place, and 512 bytes at most; data are as the peer sent them.
  ilp::Answer answer;

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

/// Called exactly once for each packet that was sent, from the loop, never inside the call that caused it.
/// Takes what kedge::Callback takes: a callable of `callback_capture_bytes` or less that does not throw.
class PacketCompletion {
 public:
  template <class F>
  requires std::is_nothrow_invocable_v<F&, const PacketOutcome&> PacketCompletion(F callable)
  noexcept
      : completion_([callable = std::move(callable)](const Outcome& outcome) mutable noexcept {
          callable(outcome_of(outcome));
        }) {}

  /// For the client: the same, as all its floors below know it.
  [[nodiscard]] Completion release() noexcept { return std::move(completion_); }

 private:
  // The client completes a packet with the object representation of the answer that it has decoded.
  [[nodiscard]] static PacketOutcome outcome_of(const Outcome& outcome) noexcept {
    if (!outcome.ok()) return {outcome.request, outcome.error, {}};
    return {outcome.request, outcome.error, *reinterpret_cast<const ilp::Answer*>(outcome.data.data())};
  }
  Completion completion_;
};

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

/// What this protocol's clients do unless told otherwise: authentication within 5 s, backoff from 1 s to
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
  /// Who we are: 1 to `peer_id_bytes_max` bytes of UTF-8. Copied.
  std::string_view peer_id = default_peer_id;
  /// Hears of packets that the peer sends. Without one they are rejected with F02.
  PacketHandler on_packet;
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

/// A client of one BTP peer. All calls on the loop's thread; may be destroyed only outside its callbacks, and
/// when its state is idle or closed.
class Client {
 public:
  /// `port` and `storage` are borrowed and must outlive the client; `storage` holds everything
  /// (`storage_bytes(limits)` bytes are enough). Starts nothing. What is wrong with the configuration or the
  /// storage is told by `connect()`.
  Client(Port& port, Config config, const Limits& limits, std::span<std::byte> storage) noexcept;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  /// Starts, and from then on keeps the line. False on a client that was started already. Errors: config (a
  /// member of the configuration or of the limits by name, no credentials hook, a bad URL, wss without TLS,
  /// storage too small: by bytes), closed.
  Result<bool> connect() noexcept;
  /// Ends for good, never blocks: every pending packet completes with `closed`, and at most
  /// ClientConfig::close_timeout later the state is `closed`. Again: does nothing.
  void close() noexcept;
  /// Ends the wait between attempts now: credentials or trust changed, or the network came back. During an
  /// attempt: should it be refused, the next one follows after an ordinary delay, not after
  /// ClientConfig::fatal_retry_interval.
  void retry_now() noexcept;

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
  /// Completes a packet with `cancelled`; the peer is not told. False when it has completed already, or was
  /// cancelled before.
  bool cancel(Handle request) noexcept;

  /// Answers a packet that `on_packet` was told of. Copied. Once for each packet: a second answer is sent,
  /// too, and means nothing to the peer. Errors: connection (its line is gone), config
  /// (the answer cannot be encoded: the field by name), queue_full, too_large, closed.
  Result<void> answer(const IncomingPacket::Id& packet, const ilp::Answer& answer) noexcept;

  /// Whether packets can be sent: the state is ready.
  [[nodiscard]] bool is_connected() const noexcept { return state() == LinkState::ready; }
  [[nodiscard]] LinkState state() const noexcept;
  [[nodiscard]] const Statistics& statistics() noexcept;
  /// Why the last attempt or connection ended, or why `connect()` refused; empty before that happened. Valid
  /// while the client is.
  [[nodiscard]] const Error& last_error() const noexcept;

 private:
  friend struct IdSeam;  // the tests': ids come around only after 2^32 packets
  class Impl;
  Impl* impl_ = nullptr;  // in the storage; null when it could not be made
  Error config_error_;    // when there is no impl_
};

}  // namespace kedge::btp
