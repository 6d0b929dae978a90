#pragma once
// agent-gate: tools behind a human's approval, over JSON-RPC 2.0. Requests survive a lost line: they are
// resolved from the results that the server kept while nobody was connected.

#include <kedge/client.hpp>
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

namespace kedge::agent_gate {

/// The protocol's own error codes, as in `Error::code()`. What they mean is also in `Error::kind()`.
namespace code {
inline constexpr std::int32_t parse_error = -32700;        ///< remote
inline constexpr std::int32_t invalid_request = -32600;    ///< remote
inline constexpr std::int32_t unknown_method = -32601;     ///< remote
inline constexpr std::int32_t denied_by_user = -32001;     ///< denied
inline constexpr std::int32_t approval_timeout = -32002;   ///< timeout
inline constexpr std::int32_t denied_by_policy = -32003;   ///< denied
inline constexpr std::int32_t execution_failed = -32004;   ///< remote
inline constexpr std::int32_t not_authenticated = -32005;  ///< authentication
inline constexpr std::int32_t rate_limited = -32006;  ///< remote: a minute's requests, or pending approvals
}  // namespace code

/// What a client of this protocol is limited by, its line's limits included.
struct Limits : kedge::Limits {
  /// Largest row of offline results that is read whole. 128 or more, up to 256 MiB.
  std::uint32_t result_row_bytes_max = 256 * 1024;

  /// As kedge::Limits::micro(), with rows of 1 KiB.
  [[nodiscard]] static constexpr Limits micro() noexcept { return {kedge::Limits::micro(), 1024}; }
  /// As kedge::Limits::tiny(), with rows of 4 KiB.
  [[nodiscard]] static constexpr Limits tiny() noexcept { return {kedge::Limits::tiny(), 4 * 1024}; }
  /// As kedge::Limits::small(), with rows of 64 KiB.
  [[nodiscard]] static constexpr Limits small() noexcept { return {kedge::Limits::small(), 64 * 1024}; }
  /// As kedge::Limits::host(): the defaults.
  [[nodiscard]] static constexpr Limits host() noexcept { return {}; }
};
/// Whether a client can be made with these limits. Errors: config, naming the member and what it may be.
[[nodiscard]] Result<void> check(const Limits& limits) noexcept;

/// What a client keeps of each request in flight to know the row that answers it: its size.
inline constexpr std::size_t row_key_bytes = 32;
/// A client by itself: link, session, upgrade, and what the protocol remembers.
inline constexpr std::size_t client_bytes = cost::wide ? 4624 : 3752;
/// Bytes of storage that a client with these limits needs; any limits, also those that `check()` refuses.
[[nodiscard]] constexpr std::size_t storage_bytes(const Limits& limits) noexcept {
  return client_storage_bytes(limits, client_bytes, limits.result_row_bytes_max) +
         limits.pending_max * row_key_bytes;
}
/// Room for one client, and its limits: `static agent_gate::Storage<agent_gate::Limits::small()> room;`.
template <Limits limits>
using Storage = Room<limits, storage_bytes(limits)>;

/// A result that the server kept and nobody here waits for: of an earlier process, or of a request that was
/// cancelled or had passed its deadline. The server has deleted it: this is the only copy. Views are valid
/// during the call only.
struct ResultRow {
  std::string_view request_id;  ///< the request's id as text, or the server's own name for it
  std::string_view tool;
  std::string_view args;    ///< JSON text
  std::string_view status;  ///< executed, denied or error; empty when it could not be read
  std::string_view result;  ///< JSON text of `{status, data}`; empty when the row is too large
  std::uint64_t bytes = 0;  ///< of the whole row on the wire
  /// The row is larger than Limits::result_row_bytes_max: fields that did not fit are empty.
  bool too_large = false;
};
using RowHandler = Callback<void(const ResultRow& row)>;

struct Config {
  ClientConfig client = {};
  /// Hears of each row that no request waits for. Without one they are logged (not their content) and lost.
  RowHandler on_unclaimed_row = {};
  /// Whether the results that the server kept are fetched at each ready, at the first one before any request
  /// goes out. False for a program that asks for no tools, as fetching deletes them at the server: then they
  /// are fetched when `get_pending_results` is called, and while requests of an earlier connection are
  /// unresolved. (Such a request could take the row of an earlier process that asked for the same.)
  bool fetch_at_ready = true;
  /// How long an answer to `get_pending_results` is waited for when the client asked by itself; requests are
  /// held back that long, at most, at the first ready. Must be positive.
  Duration poll_timeout = std::chrono::seconds{10};
  /// While requests of an earlier connection are unresolved the server is asked again: after this time, which
  /// must be positive,
  Duration poll_interval_min = std::chrono::seconds{2};
  /// doubling up to this one, which must not be shorter.
  Duration poll_interval_max = std::chrono::seconds{30};
};

struct RequestOptions {
  /// From the call to the completion; an approval takes up to 900 s. Must be positive.
  Duration deadline = std::chrono::seconds{930};
  Priority priority = Priority::normal;
  /// How long the request's row is worth waiting for once its line was lost, from the first poll that
  /// follows, and at least until that poll was answered. Then it ends with `connection` and
  /// `Error::may_have_run()`: servers keep the answers of approvals only, and nothing tells a lost answer
  /// from one that waits for a human. None: until the deadline. Not negative.
  std::optional<Duration> after_loss = std::nullopt;
};

/// A client of one agent-gate server.
class Client : public kedge::Client {
 public:
  /// `port` and `storage` are borrowed and must outlive the client. Starts nothing. What is wrong with the
  /// configuration or the storage is reported by `connect()`. While pending results are being fetched the
  /// goodbye of `close()` waits for them, for half of its time at most: `on_unclaimed_row` receives them, as
  /// the server deletes what it hands out.
  template <Limits limits>
  Client(Port& port, Config&& config, Storage<limits>& storage) noexcept
      : Client(port, std::move(config), limits, storage.bytes()) {}
  /// The same, with limits that are chosen at run time. `storage` holds everything: `storage_bytes(limits)`
  /// bytes are enough.
  Client(Port& port, Config&& config, const Limits& limits, std::span<std::byte> storage) noexcept;

  /// Asks for a tool to be run. `args` is a JSON object, or empty for one without members. Copied. Before
  /// `connect()` and while the line is down the request waits in the outbound ring. Completes with the `data`
  /// of the result as JSON text, or with an error of kind denied, timeout, remote, too_large, cancelled,
  /// closed, protocol (its answer cannot be read), connection (the client gave up, or `after_loss` is over).
  /// Where it left and nobody can tell what came of it - its deadline, `cancel`, `close`, a client that gave
  /// up, an answer that cannot be read or kept - the error has `may_have_run()`; one that never left whole
  /// has not, nor one that the server answered with an error. A request that was sent when the line dropped
  /// is not sent again: the tool may have run; its result is asked for instead. Nor is one that the peer
  /// closed for with 1009: too_large. (A result's row names its arguments. One that is
  /// larger than result_row_bytes_max by them alone, under a name of the server's own, ends the largest
  /// request of its tool that has such arguments, with too_large and `may_have_run()`.) Errors, at once and
  /// without a completion: config (not a JSON object, not UTF-8, no tool, no deadline), queue_full (pool or
  /// ring), too_large (outbound_message_bytes_max), closed.
  Result<Handle> tool_request(std::string_view tool, std::string_view args, Completion completion,
                              const RequestOptions& options = {}) noexcept;
  /// Asks which tools there are. Completes with the result as JSON text. Older servers do not know the
  /// method: remote, code -32601. Asked on a line that is then lost it fails with `connection`. Errors, and
  /// `may_have_run()`, as above.
  Result<Handle> list_tools(Completion completion, const RequestOptions& options = list_defaults) noexcept;
  /// Asks for the results that the server kept. Each row resolves a waiting request or goes to
  /// `on_unclaimed_row`; then this completes with `{"rows":N,"resolved":N,"unclaimed":N}`. The client does it
  /// by itself after each reconnect. Errors as above.
  Result<Handle> get_pending_results(Completion completion,
                                     const RequestOptions& options = list_defaults) noexcept;
  /// The id of a request on the wire, by which `ResultRow::request_id` and the server's own log name it; none
  /// once it has completed.
  [[nodiscard]] std::optional<std::uint64_t> request_id(Handle request) noexcept;

  static constexpr RequestOptions list_defaults{std::chrono::seconds{30}, Priority::normal};

 private:
  class Impl;
};

}  // namespace kedge::agent_gate
