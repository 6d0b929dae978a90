#pragma once
// A client's life across attempts: resolve, each address in turn, a proxy's tunnel, TLS, upgrade,
// authenticate; backoff between them; until it is closed or gives up. It owns the outbound ring, which
// outlives connections, and arms the port's one timer for all.

#include "../session/session.hpp"
#include "../ws/upgrade.hpp"
#include "../ws/url.hpp"
#include "addresses.hpp"
#include "backoff.hpp"
#include "failure.hpp"
#include "redactor.hpp"

#include <kedge/client_config.hpp>
#include <kedge/limits.hpp>
#include <kedge/port.hpp>
#include <kedge/protocol.hpp>
#include <kedge/statistics.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace kedge {

struct LinkOptions {
  ws::TooLarge too_large = ws::TooLarge::discard;
  /// The protocol cannot do without ClientConfig::credentials.
  bool needs_credential = false;
  /// Its requests want answers: one that is queued when the line is ending waits for the next one, where it
  /// is answered. (Otherwise what was queued on this line may be owed to the peer, and goes out in front of
  /// our close frame.)
  bool keeps_queued = false;
  /// What `inbound_memory()` is at least.
  std::size_t inbound_bytes_min = 0;
};

class Link final : private PortEvents, private StreamEvents, private SessionEvents, private OutboundEvents {
 public:
  /// Bytes it takes from an arena, beside its own size.
  static constexpr std::size_t storage_bytes(const Limits& limits,
                                             std::size_t inbound_bytes_min = 0) noexcept;
  /// `config` is taken over (its text copied). Nothing is started. `config_error()` says what is wrong with
  /// it.
  Link(Port& port, ClientConfig&& config, const LinkOptions& options, const Limits& limits, Arena& arena,
       Protocol& protocol) noexcept;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  /// Only outside its callbacks. A line that stands is cut, and nobody is told.
  ~Link();

  /// Starts; everything happens on later turns of the loop. Errors, also told by `last_error()`: config (a
  /// member of the configuration by name, a bad URL, wss without TLS); closed. On a started link it does
  /// nothing and returns false.
  Result<bool> connect() noexcept;
  /// Ends for good, never blocks: at most close_timeout later the state is `closed`. What is queued and has
  /// not begun to leave stays here. `code` and `reason` (cut at 123 bytes) are those of our close frame.
  /// Again: does nothing.
  void close(std::uint16_t code = ws::close_code::normal, std::string_view reason = {}) noexcept;
  /// Ends the wait between attempts now: credentials or trust changed, or the network came back. During an
  /// attempt: should it be refused, the next one follows after an ordinary delay.
  void retry_now() noexcept;

  // --- for the protocol ---
  /// The peer has accepted us: the state becomes ready.
  void authenticated() noexcept;
  /// This connection is of no use (refused credential, a broken promise): ends it. `verdict` says what
  /// follows; without one the failure table does. `code` is that of our close frame. The peer's words in
  /// `why` have gone through `redactor()`.
  void end_line(const Error& why, std::optional<Verdict> verdict = {},
                std::uint16_t code = ws::close_code::normal) noexcept;
  [[nodiscard]] OutboundRing& ring() noexcept { return ring_; }
  /// Something was queued or marked outside of a turn: arranges one.
  void wake() noexcept {
    if (!in_turn_) return arm_at_once();
    wake_requested_ = true;
  }
  /// Of this connection: the next one reads.
  void pause_reading() noexcept { session_.pause_reading(); }
  void resume_reading() noexcept;
  /// From `on_ready`: keeps the user's messages in the ring although the link is ready, until they are let
  /// go.
  void hold_user_messages() noexcept { held_ = true; }
  void release_user_messages() noexcept;

  /// Of this connection only; the next one begins with what the configuration and the limits say.
  void set_keepalive(const KeepaliveConfig& keepalive) noexcept;
  /// The largest message that the peer takes, where it is less than outbound_message_bytes_max.
  void set_outbound_message_bytes_max(std::uint32_t bytes) noexcept;
  void tell_writable() noexcept;

  [[nodiscard]] LinkState state() const noexcept { return state_; }
  /// A WebSocket stands: from `on_open` until it is lost.
  [[nodiscard]] bool is_open() const noexcept { return protocol_open_; }
  /// Of the latest connection that is gone: its peer has said goodbye, by a close frame of its own or in
  /// answer to ours, and so has read what went before that.
  [[nodiscard]] bool peer_said_goodbye() const noexcept { return peer_said_goodbye_; }
  /// The peer has accepted us on this connection, which stands.
  [[nodiscard]] bool is_accepted() const noexcept { return ready_since_ != never; }
  /// `close()` was called, or it is over for good.
  [[nodiscard]] bool is_closing() const noexcept { return close_requested_ || state_ == LinkState::closed; }
  /// While it waits.
  [[nodiscard]] std::optional<Instant> next_attempt_at() const noexcept;
  [[nodiscard]] Statistics statistics() const noexcept;
  [[nodiscard]] Statistics& counters() noexcept { return statistics_; }
  /// How the line ended, while the protocol is told that a client that was closed has stopped; else null: it
  /// is not judged, as no other line follows.
  [[nodiscard]] const Ending* unjudged() const noexcept { return unjudged_; }
  /// The last failure of an attempt or connection, or why `connect()` refused; empty before the first.
  [[nodiscard]] const Error& last_error() const noexcept { return last_error_; }
  [[nodiscard]] Port& port() noexcept { return port_; }
  /// Where a message that came in fragments is whole in `on_message`, and the first piece of a large one is
  /// in `on_piece`: from the beginning on. The protocol's during these calls, and from a first piece until
  /// the last one; nobody reads from it again what it has seen.
  [[nodiscard]] std::span<std::byte> inbound_memory() noexcept { return inbound_; }
  /// Whether anybody hears of lines of that level.
  [[nodiscard]] bool logs(LogLevel level) const noexcept { return config_.log && level >= config_.log_level; }
  /// `message` is told as it is: the peer's words in it have gone through `redactor()`.
  void log(LogLevel level, std::string_view event, std::string_view message) noexcept;
  /// At debug: `what` (a method or type), the request's id if it has one, bytes.
  void log_message(std::string_view event, std::string_view what, std::optional<std::uint64_t> id,
                   std::uint64_t bytes) noexcept;
  /// For all words of the peer's that leave the client, in an error, a line of the log or a completion. What
  /// is data there, and not words for a person, is the user's as it came.
  [[nodiscard]] const Redactor& redactor() const noexcept { return redactor_; }
  /// Who we are to the peer, for every line of the log. Borrowed.
  void set_peer_id(std::string_view peer_id) noexcept { peer_id_ = peer_id; }

 private:
  enum class Stage : std::uint8_t {
    none,        // not started, or over for good
    resolving,   // on_resolved comes
    connecting,  // the stream's on_open comes
    proxying,    // a proxy's answer to CONNECT comes
    securing,    // TLS's on_open comes
    upgrading,   // the 101 comes
    open,        // the session has the stream
    ending,      // a stream of a failed stage is closing
    waiting,     // for the next attempt
  };

  // PortEvents
  void on_timer() noexcept override;
  void on_resolved(std::span<const Address> addresses, const Error& error) noexcept override;
  // StreamEvents, until the session takes the stream over
  void on_open() noexcept override;
  void on_error(const Error& error) noexcept override;
  void on_readable() noexcept override;
  void on_writable() noexcept override;
  void on_closed() noexcept override;
  // SessionEvents
  void on_message(ws::MessageType type, std::span<const std::byte> payload) noexcept override;
  void on_piece(ws::MessageType type, std::span<const std::byte> piece, bool first,
                bool last) noexcept override;
  void on_discarded(ws::MessageType type, std::uint64_t bytes) noexcept override;
  void on_too_large(Handle being_written) noexcept override;
  void on_session_ended(const Error& why) noexcept override;
  void on_session_event() noexcept override;
  // OutboundEvents
  void on_entry_sent(Handle entry, std::uint64_t tag) noexcept override;
  void on_entry_expired(Handle entry, std::uint64_t tag) noexcept override;

  // link.cpp: the client's life
  /// With room for a credential beside what else is reserved.
  static constexpr Limits ring_limits(Limits limits) noexcept {
    limits.reserved_bytes += sent_credential_bytes(limits);
    return limits;
  }
  static constexpr std::size_t extras_bytes(const Limits& limits) noexcept {
    return limits.upgrade_bytes_max / 2U + sent_credential_bytes(limits);
  }
  static constexpr std::size_t inbound_bytes(const Limits& limits, std::size_t least) noexcept {
    return std::max<std::size_t>(
        {extras_bytes(limits), limits.upgrade_bytes_max, limits.inbound_message_bytes_max, least});
  }
  void configure(const LinkOptions& options, const Limits& limits) noexcept;
  void start() noexcept;
  void turn() noexcept;
  template <class Work>
  void in_turn(Work&& work) noexcept;
  void arm() noexcept;
  void arm_at_once() noexcept;
  void begin_close() noexcept;
  void say_goodbye() noexcept;
  void open_gate() noexcept;
  [[nodiscard]] static Error closed_error() noexcept;
  void on_stage_deadline() noexcept;
  void stop(const Error& why) noexcept;
  void set_state(LinkState state, const Error& error) noexcept;

  // link_check.cpp: assertions, of which nothing is left where NDEBUG is defined
  static void check_step(LinkState from, LinkState to) noexcept;
  static void check_step(Stage from, Stage to) noexcept;
  void check_turn() const noexcept;

  // retry.cpp: what follows an attempt
  void attempt_over(const Ending& ending) noexcept;
  [[nodiscard]] Judgement judge(const Ending& ending) noexcept;
  void wait_for_retry(const Judgement& judgement) noexcept;
  [[nodiscard]] std::uint64_t random() noexcept;

  // stages.cpp: one attempt
  void begin_attempt() noexcept;
  void connect_next_address() noexcept;
  void tell_left_out(std::size_t addresses, std::size_t left_out) noexcept;
  void begin_line() noexcept;
  void begin_upgrade() noexcept;
  void begin_request(std::size_t size) noexcept;
  void write_request() noexcept;
  void read_answer() noexcept;
  [[nodiscard]] bool take_upgrade_answer(std::span<const std::byte> bytes) noexcept;
  [[nodiscard]] Error with_redirect(const Error& refused) const noexcept;
  void append_of_peer(Error& error, std::string_view words, char space = '_') const noexcept;
  void begin_session(std::span<const std::byte> early) noexcept;
  void fail_stage(const Error& why) noexcept;
  void enter(Stage stage, Duration timeout) noexcept;

  // proxy.cpp: the stage that only an attempt through a proxy has
  [[nodiscard]] Result<void> take_proxy(std::size_t host_size) noexcept;
  [[nodiscard]] ws::Url first_hop() const noexcept;
  void begin_proxy() noexcept;
  [[nodiscard]] bool take_proxy_answer(std::span<const std::byte> bytes) noexcept;
  [[nodiscard]] Error of_proxy(const Error& why) const noexcept;

  Port& port_;
  const bool has_port_;  // no other link had it
  Protocol& protocol_;
  ClientConfig config_;
  OutboundRing ring_;
  Statistics statistics_;
  Backoff backoff_;
  FailureHistory history_;
  Error config_error_;

  // Memory, all from the arena.
  std::span<char> url_text_;
  std::span<char> host_text_;  // and the proxy's URL behind it
  // The head of an upgrade's response, and when that was read, each message on its way in; before it comes,
  // what the protocol adds to the request.
  std::span<std::byte> inbound_;
  std::span<char> extras_text_;
  Addresses addresses_;
  std::span<std::byte> read_buffer_;
  std::span<std::byte> write_buffer_;
  ws::SingleMessageBuffer message_buffer_;
  ws::MaskPool masks_;
  ws::UpgradeClient upgrade_;
  ws::Url url_;
  std::string_view host_header_;  // host[:port], also the peer's name in log lines
  std::string_view peer_id_;

  Session session_;
  Stream* stream_ = nullptr;  // of the stage; the session's while open
  Redactor redactor_;  // of this attempt, or the line that came of it; the proxy's while its stage lasts

  LinkState state_ = LinkState::idle;
  Stage stage_ = Stage::none;
  Instant stage_deadline_ = never;
  Instant armed_ = never;
  Instant ready_since_ = never;
  Instant close_by_ = never;         // once closing
  std::uint32_t retries_ = 0;        // in a row, without a ready
  std::size_t left_out_told_ = 0;    // addresses beyond the limit, as the log knows it
  std::size_t request_written_ = 0;  // CONNECT, or the upgrade
  std::size_t request_size_ = 0;
  bool in_turn_ = false;
  bool wake_requested_ = false;
  bool retry_asked_ = false;  // during this attempt
  bool start_requested_ = false;
  bool close_requested_ = false;
  bool stream_is_tls_ = false;
  bool upgrade_has_credential_ = false;  // or may have
  bool protocol_open_ = false;           // on_open was called, on_lost not yet
  bool peer_said_goodbye_ = false;
  bool held_ = false;
  std::uint16_t goodbye_code_ = ws::close_code::normal;
  std::uint8_t goodbye_bytes_ = 0;
  std::array<char, ws::close_reason_bytes_max> goodbye_{};
  std::optional<Verdict> own_verdict_;  // the protocol's, of the line that it ends
  Error stage_error_;
  Error last_error_;
  const Ending* unjudged_ = nullptr;
};

#ifdef NDEBUG
inline void Link::check_step(LinkState, LinkState) noexcept {}
inline void Link::check_step(Stage, Stage) noexcept {}
inline void Link::check_turn() const noexcept {}
#endif

constexpr std::size_t Link::storage_bytes(const Limits& limits, std::size_t inbound_bytes_min) noexcept {
  return OutboundRing::storage_bytes(ring_limits(limits)) + arena_bytes<char>(limits.credential_bytes_max) +
         arena_bytes<char>(limits.url_bytes_max) +     // the URL
         arena_bytes<char>(limits.url_bytes_max) +     // the Host header, the proxy's URL
         arena_bytes<Address>(limits.addresses_max) +  // what the name resolved to
         arena_bytes<std::byte>(limits.read_buffer_bytes) +
         arena_bytes<std::byte>(limits.write_buffer_bytes) +
         arena_bytes<std::byte>(inbound_bytes(limits, inbound_bytes_min)) +
         arena_bytes<std::byte>(limits.mask_pool_bytes);
}

}  // namespace kedge
