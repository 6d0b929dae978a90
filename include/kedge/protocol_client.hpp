#pragma once
// A client for a protocol of your own: the line, the requests that wait, and their ends are the library's,
// what is said on the line is yours.

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

/// Room for one client of a protocol that keeps nothing else for each of its limits:
/// `static ProtocolStorage<Limits::small()> room;`.
template <Limits limits>
using ProtocolStorage = Room<limits, line_storage_bytes(limits)>;

/// What kind of protocol it is. Text has static storage.
struct ProtocolTraits {
  /// It cannot do without ClientConfig::credentials.
  bool needs_credential = false;
  /// Messages larger than Limits::inbound_message_bytes_max come in pieces (`Protocol::on_piece`), instead of
  /// being skipped.
  bool pieces = false;
  /// What is said of a request that has left and has no answer.
  std::string_view unknown_outcome = "its outcome is unknown: it may have run";
};

/// Writes one message into the sink, and does not throw. Running out of room is no error of its own: the call
/// that it was given to says which room it was.
template <class Encode>
concept EncodesMessage = std::is_nothrow_invocable_r_v < Result<void>,
const Encode&, Sink& > ;

/// The base of a client for a protocol of your own: derive from it, say what is done when the line opens and
/// when a message comes (kedge/protocol.hpp), and offer what can be asked. Declare the derived class `final`;
/// a user sees kedge::Client and what you offer.
///
/// A protocol's life: `on_attempt` adds to the upgrade; `on_open` says the hello (`post` with
/// PostOptions::own), or `accepted()` at once where there is none; `on_message` calls `accepted()` when the
/// peer has welcomed us, and from then on completes requests by the id that an answer names; `on_ready` and
/// `on_lost` come with each line.
///
/// All calls on the loop's thread. Where an error stands in the place of a client that could not be made,
/// every call gives it back.
class ProtocolClient : public Client, protected Protocol {
 protected:
  /// `port`, which serves no other client, and `storage` are borrowed and must outlive the client. Starts
  /// nothing. What is wrong with the
  /// configuration, the limits or the storage is reported by `connect()`.
  template <Limits limits>
  ProtocolClient(Port& port, ClientConfig&& config, const ProtocolTraits& traits,
                 ProtocolStorage<limits>& storage) noexcept
      : ProtocolClient(port, std::move(config), traits, limits, storage.bytes()) {}
  /// The same, with limits that are chosen at run time: `line_storage_bytes(limits)` bytes are enough.
  ProtocolClient(Port& port, ClientConfig&& config, const ProtocolTraits& traits, const Limits& limits,
                 std::span<std::byte> storage) noexcept;
  ~ProtocolClient() = default;

  // The line, of this connection.
  /// The peer has accepted us: the state becomes ready, and what waits goes out.
  void accepted() noexcept;
  [[nodiscard]] bool is_accepted() const noexcept;
  /// The attempt's credential, empty when the configuration has no source of one: for a peer that demands it
  /// after the line is open. From `on_attempt` on, until the attempt, or the line that came of it, is over.
  [[nodiscard]] const Secret& secret() const noexcept;
  /// This connection is of no use: ends it. `verdict` says what follows; without one the failure table does.
  /// `Verdict::refused` follows ClientConfig::fatal_policy, which by default tries again slowly, also once
  /// the line has been ready; `Verdict::final` is never tried again.
  /// `code` is that of our close frame (RFC 6455 section 7.4).
  void end_line(const Error& why, std::optional<Verdict> verdict = {}, std::uint16_t code = 1000) noexcept;
  /// What the peer asks for at its hello, instead of the configuration's; of this connection. Errors, and
  /// nothing changes: config (KeepaliveConfig says what it may be).
  Result<void> set_keepalive(const KeepaliveConfig& keepalive) noexcept;
  /// The largest message that the peer takes, where it is less than Limits::outbound_message_bytes_max.
  void set_outbound_message_bytes_max(std::uint32_t bytes) noexcept;
  /// Takes no more messages for a while: the peer is slowed by TCP. A line that is found broken meanwhile
  /// ends after what had arrived on it was taken, or after ClientConfig::close_timeout.
  void pause_reading() noexcept;
  void resume_reading() noexcept;
  /// From `on_ready`, or later: keeps what waits although the line is ready, until let go or until the line
  /// is lost. Messages of the protocol's own are not kept: they go first anyway.
  void hold_messages() noexcept;
  void release_messages() noexcept;

  // Messages. `encode` writes one straight into the ring.
  /// Sends a message to which no answer is expected. Errors, with nothing kept: what `encode` gave,
  /// queue_full, too_large, closed, config (a timeout that is not positive; text that is not UTF-8, which an
  /// `encode` of its own must see to: the peer would end the line for it, RFC 6455 section 5.6).
  template <EncodesMessage Encode>
  Result<void> post(const PostOptions& options, const Encode& encode) noexcept {
    const Result<Sink*> sink = begin_post(options);
    if (!sink) return sink.error();
    return end_post(encode(**sink));
  }
  Result<void> post(const PostOptions& options, std::string_view message) noexcept;
  /// Sends a request. `completion` takes the outcome's type that `complete` will be given. Errors, with
  /// nothing kept and the completion destroyed uncalled: what `encode` gave, queue_full (by name and limit),
  /// too_large, closed, config (a request with that id is pending; else as `post`, UTF-8 too).
  template <class OutcomeType, EncodesMessage Encode>
  Result<Handle> ask(const RequestOptions& options, CompletionOf<OutcomeType> completion,
                     const Encode& encode) noexcept {
    const Result<Sink*> sink = begin_request(options, completion.release());
    if (!sink) return sink.error();
    return end_request(encode(**sink));
  }
  Result<Handle> ask(const RequestOptions& options, Completion completion, std::string_view message) noexcept;

  // Answers. Only from the loop: out of Protocol's calls and timers.
  /// The request with that id, while it waits for its answer: one that has not left has none.
  [[nodiscard]] std::optional<Handle> find(std::uint64_t id) noexcept;
  /// RequestOptions::kind of a request that waits; 0 of none.
  [[nodiscard]] std::uint32_t kind_of(Handle request) noexcept;
  /// Ends a request with its result, and calls its completion before returning. `OutcomeType` is the one that
  /// it was begun with. False when it has ended.
  template <class OutcomeType = Outcome>
  bool complete(Handle request, const typename OutcomeType::Result& result) noexcept {
    return complete_any(request, &result);
  }
  /// The same with the error that the peer answered. `may_have_run()` is as it is set in `error`.
  bool fail(Handle request, const Error& error) noexcept;
  /// The same with an error of ours: the peer has answered, and nobody can tell what. It says that the
  /// request may have run, unless that was harmless.
  bool fail_unread(Handle request, const Error& error) noexcept;

  // Log and errors.
  /// What a request is called in the log, by RequestOptions::kind. Static storage.
  [[nodiscard]] virtual std::string_view name_of([[maybe_unused]] std::uint32_t kind) const noexcept {
    return "request";
  }
  /// Counts a message that cannot be understood, and logs it at `warning`. Words of ours.
  void protocol_error(std::string_view what) noexcept;
  /// `message` in words of ours; the peer's go through `append_of_peer`.
  void log(LogLevel level, std::string_view event, std::string_view message) noexcept;
  /// Appends a peer's words to ours, with `***` in the place of our credential.
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
