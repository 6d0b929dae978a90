#pragma once
// A client for a protocol of your own: the library provides the connection, pending requests and their ends;
// you provide the messages.

#include <kedge/client.hpp>
#include <kedge/limits.hpp>
#include <kedge/port.hpp>
#include <kedge/protocol.hpp>
#include <kedge/request.hpp>
#include <kedge/sink.hpp>
#include <kedge/storage.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace kedge {

/// Storage for one client of a protocol that needs no further storage for its limits: `static
/// ProtocolStorage<Limits::small()> room;`.
template <Limits limits>
using ProtocolStorage = Room<limits, line_storage_bytes(limits)>;

/// The properties of a protocol. Text has static storage.
struct ProtocolTraits {
  /// Whether it requires ClientConfig::credentials.
  bool needs_credential = false;
  /// Whether messages larger than Limits::inbound_message_bytes_max arrive in pieces (`Protocol::on_piece`)
  /// instead of being skipped.
  bool pieces = false;
  /// The error text for a request that was sent and has no answer.
  std::string_view unknown_outcome = "its outcome is unknown: it may have run";
};

/// A callable that writes one message into the sink and does not throw. It need not report a lack of room:
/// the call that it is passed to returns which room was used up.
template <class Encode>
concept EncodesMessage = std::is_nothrow_invocable_r_v < Result<void>,
const Encode&, Sink& > ;

/// The base of a client for a protocol of your own. Derive from it, implement what happens when the
/// connection opens and when a message arrives (kedge/protocol.hpp), and offer your own requests. Declare the
/// derived class `final`; its users see kedge::Client and what you offer.
///
/// The life of a protocol: `on_attempt` adds to the upgrade request. `on_open` sends the hello (`post` with
/// PostOptions::own), or calls `accepted()` at once if there is none. `on_message` calls `accepted()` when
/// the peer has accepted the client, and from then on completes requests by the id in each answer. `on_ready`
/// and `on_lost` are called for each connection.
///
/// Call everything on the loop's thread. If the client could not be constructed, each call that returns a
/// Result returns that error.
class ProtocolClient : public Client, protected Protocol {
 protected:
  /// `port`, which serves no other client, and `storage` are borrowed and must outlive the client. Starts
  /// nothing; `connect()` reports what is wrong with the configuration, the limits or the storage.
  template <Limits limits>
  ProtocolClient(Port& port, ClientConfig&& config, const ProtocolTraits& traits,
                 ProtocolStorage<limits>& storage) noexcept
      : ProtocolClient(port, std::move(config), traits, limits, storage.bytes()) {}
  /// The same with limits chosen at run time: `line_storage_bytes(limits)` bytes are enough.
  ProtocolClient(Port& port, ClientConfig&& config, const ProtocolTraits& traits, const Limits& limits,
                 std::span<std::byte> storage) noexcept;
  ~ProtocolClient() = default;

  // The current connection.
  /// Declares that the peer has accepted the client: the state becomes `ready`, and waiting messages go out.
  void accepted() noexcept;
  [[nodiscard]] bool is_accepted() const noexcept;
  /// The attempt's credential, for a peer that asks for it after the connection is open; empty if the
  /// configuration has no source. Valid from `on_attempt` until the attempt, or the connection that follows
  /// it, has ended. Do not call it if the client could not be constructed.
  [[nodiscard]] const Secret& secret() const noexcept;
  /// Ends the current connection. `verdict` decides what follows; nullopt: the failure table does.
  /// `Verdict::refused` follows ClientConfig::fatal_policy, which by default retries slowly, even once the
  /// client has been ready; after `Verdict::final` there is no other attempt. `code` is the code of the close
  /// frame (RFC 6455 section 7.4).
  void end_line(const Error& why, std::optional<Verdict> verdict = {}, std::uint16_t code = 1000) noexcept;
  /// Replaces the configuration's keepalive for this connection, as when the peer asks for it in its hello.
  /// With an error nothing changes.
  /// Errors:
  /// - config: the interval is negative, or the timeout is not positive although there are pings
  Result<void> set_keepalive(const KeepaliveConfig& keepalive) noexcept;
  /// Sets the largest message that the peer accepts, in bytes, if that is less than
  /// Limits::outbound_message_bytes_max. For this connection.
  void set_outbound_message_bytes_max(std::uint32_t bytes) noexcept;
  /// Stops reading, so TCP slows the peer down. A connection that is found broken meanwhile ends once what
  /// had arrived on it was read, or after ClientConfig::close_timeout.
  void pause_reading() noexcept;
  void resume_reading() noexcept;
  /// Call it from `on_ready` or later: holds waiting messages back although the client is ready, until
  /// `release_messages()` or the end of the connection. The protocol's own messages are not held back.
  void hold_messages() noexcept;
  void release_messages() noexcept;

  // Messages. `encode` writes each straight into the outbound ring.
  /// Sends a message that expects no answer. `encode` writes it straight into the outbound ring. With an
  /// error nothing is kept.
  /// Errors:
  /// - any kind: the error that `encode` returned. It must return one for text that is not UTF-8, because the
  ///   peer would close the connection (RFC 6455 section 5.6)
  /// - config: a timeout that is not positive; in the second form, text that is not UTF-8
  /// - queue_full: no outbound message or bytes are free; with PostOptions::own, none of the reserved ones
  /// - too_large: the message exceeds outbound_message_bytes_max, or what the peer accepts
  /// - connection: PostOptions::own, and there is no connection
  /// - closed: the client is closing or closed
  template <EncodesMessage Encode>
  Result<void> post(const PostOptions& options, const Encode& encode) noexcept {
    const Result<Sink*> sink = begin_post(options);
    if (!sink) return sink.error();
    return end_post(encode(**sink));
  }
  /// The same for a message that exists already, which is copied.
  Result<void> post(const PostOptions& options, std::string_view message) noexcept;
  /// Sends a request. `completion` receives the outcome type that you pass to `complete`. With an error
  /// nothing is kept, and `completion` is destroyed without a call.
  /// Errors:
  /// - any kind: the error that `encode` returned; as for `post`, it must see to UTF-8
  /// - config: a request with that id is pending, or a timeout is not positive; in the second form, text that
  ///   is not UTF-8
  /// - queue_full: every pending slot or outbound message is in use, or too few bytes are left; the message
  ///   names which
  /// - too_large: the message exceeds outbound_message_bytes_max, or what the peer accepts
  /// - closed: the client is closing or closed
  template <class OutcomeType, EncodesMessage Encode>
  Result<Handle> ask(const RequestOptions& options, CompletionOf<OutcomeType> completion,
                     const Encode& encode) noexcept {
    const Result<Sink*> sink = begin_request(options, completion.release());
    if (!sink) return sink.error();
    return end_request(encode(**sink));
  }
  /// The same for a message that exists already, which is copied.
  Result<Handle> ask(const RequestOptions& options, Completion completion, std::string_view message) noexcept;

  // Answers. Call these only from the loop: from Protocol's functions and timers.
  /// The request with that id while it waits for its answer; nullopt if it has not been sent, or has ended.
  [[nodiscard]] std::optional<Handle> find(std::uint64_t id) noexcept;
  /// RequestOptions::kind of a pending request; 0 if there is none.
  [[nodiscard]] std::uint32_t kind_of(Handle request) noexcept;
  /// Completes a request with its result, and calls its completion before returning. `OutcomeType` must be
  /// the type that the request was started with. Returns false if the request has ended.
  template <class OutcomeType = Outcome>
  bool complete(Handle request, const typename OutcomeType::Result& result) noexcept {
    return complete_any(request, &result);
  }
  /// The same with the error that the peer answered. `may_have_run()` stays as `error` has it.
  bool fail(Handle request, const Error& error) noexcept;
  /// The same with an error of the client, when the peer has answered but the answer cannot be read. Sets
  /// `may_have_run()` unless RequestOptions::harmless is set.
  bool fail_unread(Handle request, const Error& error) noexcept;

  // Log and errors.
  /// The name of a request in the log, by RequestOptions::kind. Static storage.
  [[nodiscard]] virtual std::string_view name_of([[maybe_unused]] std::uint32_t kind) const noexcept {
    return "request";
  }
  /// Counts a message that cannot be understood and logs it at `warning`. `what` must not contain text from
  /// the peer.
  void protocol_error(std::string_view what) noexcept;
  /// Writes to the log. `message` must not contain text from the peer, unless it went through
  /// `append_of_peer`.
  void log(LogLevel level, std::string_view event, std::string_view message) noexcept;
  /// Appends text from the peer to `error`, with `***` in place of the client's credential.
  Error& append_of_peer(Error& error, std::string_view words) const noexcept;
  [[nodiscard]] Instant now() const noexcept;

 private:
  class Core;
  [[nodiscard]] Core* core() const noexcept;
  Result<Sink*> begin_post(const PostOptions& options) noexcept;
  Result<void> end_post(const Result<void>& encoded) noexcept;
  Result<Sink*> begin_request(const RequestOptions& options, AnyCompletion completion) noexcept;
  Result<Handle> end_request(const Result<void>& encoded) noexcept;
  bool complete_any(Handle request, const void* result) noexcept;
};

}  // namespace kedge
