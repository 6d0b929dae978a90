#pragma once
// agent-gate: tools that run after a human approves, over JSON-RPC 2.0. Requests survive a lost connection:
// they are resolved from the results that the server kept meanwhile.

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

/// The protocol's own error codes, as in `Error::code()`. The comment names the `Error::kind()` of each.
namespace code {
inline constexpr std::int32_t parse_error = -32700;        ///< remote
inline constexpr std::int32_t invalid_request = -32600;    ///< remote
inline constexpr std::int32_t unknown_method = -32601;     ///< remote
inline constexpr std::int32_t denied_by_user = -32001;     ///< denied
inline constexpr std::int32_t approval_timeout = -32002;   ///< timeout
inline constexpr std::int32_t denied_by_policy = -32003;   ///< denied
inline constexpr std::int32_t execution_failed = -32004;   ///< remote
inline constexpr std::int32_t not_authenticated = -32005;  ///< authentication
inline constexpr std::int32_t rate_limited = -32006;  ///< remote: requests per minute, or pending approvals
}  // namespace code

/// The limits of an agent-gate client, those of every client included.
struct Limits : kedge::Limits {
  /// Largest row of offline results that is read whole, in bytes. 128 to 256 MiB.
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
/// Checks whether a client can be constructed with these limits.
/// Errors:
/// - config: a limit is out of range; the message names it and its range
[[nodiscard]] Result<void> check(const Limits& limits) noexcept;

/// Bytes that a client keeps per request in flight to recognise the row that answers it.
inline constexpr std::size_t row_key_bytes = 32;
/// Bytes of the client itself: link, session, upgrade and the protocol's state.
inline constexpr std::size_t client_bytes = cost::wide ? 4624 : 3752;
/// Bytes of storage that a client with these limits needs. Also accepts limits that `check()` refuses.
[[nodiscard]] constexpr std::size_t storage_bytes(const Limits& limits) noexcept {
  return client_storage_bytes(limits, client_bytes, limits.result_row_bytes_max) +
         limits.pending_max * row_key_bytes;
}
/// Storage for one client and its limits: `static agent_gate::Storage<agent_gate::Limits::small()> room;`.
template <Limits limits>
using Storage = Room<limits, storage_bytes(limits)>;

/// A result that the server kept and that no request of this client waits for: it belongs to an earlier
/// process, or to a request that was cancelled or passed its deadline. The server has deleted it: this is the
/// only copy. Views are valid only during the call.
struct ResultRow {
  std::string_view request_id;  ///< the request's id as text, or the server's own name for the row
  std::string_view tool;
  std::string_view args;    ///< JSON text
  std::string_view status;  ///< executed, denied or error; empty if it could not be read
  std::string_view result;  ///< JSON text of `{status, data}`; empty if the row is too large
  std::uint64_t bytes = 0;  ///< size of the whole row on the wire
  /// The row is larger than Limits::result_row_bytes_max; fields that did not fit are empty.
  bool too_large = false;
};
using RowHandler = Callback<void(const ResultRow& row)>;

struct Config {
  ClientConfig client = {};
  /// Receives each row that no request waits for. Without a handler such rows are logged (without their
  /// content) and lost.
  RowHandler on_unclaimed_row = {};
  /// Whether to fetch the results that the server kept each time the client becomes ready; the first time
  /// before any request goes out. Set it to false in a program that requests no tools, because fetching
  /// deletes the results on the server. They are then fetched only by `get_pending_results`, and while
  /// requests of an earlier connection are unresolved. (Such a request could take the row of an earlier
  /// process that asked for the same.)
  bool fetch_at_ready = true;
  /// How long the client waits for the answer when it calls `get_pending_results` itself, and so the longest
  /// time that requests are held back when it first becomes ready. Must be positive.
  Duration poll_timeout = std::chrono::seconds{10};
  /// While requests of an earlier connection are unresolved, the client polls the server: first after this
  /// time, which must be positive,
  Duration poll_interval_min = std::chrono::seconds{2};
  /// then after twice the time before, up to this one. Not below `poll_interval_min`.
  Duration poll_interval_max = std::chrono::seconds{30};
};

struct RequestOptions {
  /// From the call to the completion; an approval takes up to 900 s. Must be positive.
  Duration deadline = std::chrono::seconds{930};
  Priority priority = Priority::normal;
  /// How long to wait for the request's row after its connection was lost: counted from the first poll that
  /// follows, and at least until that poll is answered. Then the request ends with `connection` and
  /// `Error::may_have_run()`: servers keep only the answers of approvals, so a lost answer looks the same as
  /// one that waits for a human. nullopt: wait until the deadline. Not negative.
  std::optional<Duration> after_loss = std::nullopt;
};

/// A client of one agent-gate server.
class Client : public kedge::Client {
 public:
  /// `port` and `storage` are borrowed and must outlive the client. Starts nothing; `connect()` reports what
  /// is wrong with the configuration or the storage. While pending results are being fetched, `close()`
  /// delays its close frame, for at most half of its time, so that `on_unclaimed_row` receives what the
  /// server has already deleted.
  template <Limits limits>
  Client(Port& port, Config&& config, Storage<limits>& storage) noexcept
      : Client(port, std::move(config), limits, storage.bytes()) {}
  /// The same with limits chosen at run time. `storage` holds everything; `storage_bytes(limits)` bytes are
  /// enough.
  Client(Port& port, Config&& config, const Limits& limits, std::span<std::byte> storage) noexcept;

  /// Requests that a tool runs. `args` is a JSON object, or empty for one without members; tool and args are
  /// copied. Before `connect()` and while there is no connection, the request waits in the outbound ring. If
  /// the connection is lost after the request was sent, it is not sent again, because the tool may have run:
  /// its result is fetched instead. Nor is a request sent again that the peer closed for with 1009.
  ///
  /// The request completes with the `data` of the result as JSON text, or with an error:
  /// - denied, remote: the server answered with an error, see `code`
  /// - timeout: the deadline passed, or the approval timed out
  /// - too_large: the answer does not fit, or the peer closed with 1009
  /// - protocol: the answer cannot be read
  /// - connection: `after_loss` has passed
  /// - connection, authentication, tls, protocol: the client gave up for that reason
  /// - cancelled, closed: by `cancel()` or `close()`
  ///
  /// `may_have_run()` is set if the request was sent and its outcome is unknown: after its deadline,
  /// `cancel`, `close`, the client giving up, or an answer that cannot be read or kept. It is not set if the
  /// request was never sent whole, or if the server answered with an error. (A row repeats the arguments. If
  /// they alone make it larger than result_row_bytes_max, and it has a name of the server's own, it ends the
  /// largest request of its tool with such arguments: too_large, with `may_have_run()`.)
  ///
  /// Errors, returned at once; `completion` is not called:
  /// - config: no tool name, `args` is not a JSON object, text that is not UTF-8, a deadline that is not
  ///   positive, a negative `after_loss`
  /// - queue_full: every pending slot or outbound message is in use, or the outbound ring has too few bytes
  ///   left
  /// - too_large: the request exceeds outbound_message_bytes_max, or an object in `args` has too many members
  /// - connection: the port has no randomness for the first request id
  /// - closed: the client is closing or closed
  Result<Handle> tool_request(std::string_view tool, std::string_view args, Completion completion,
                              const RequestOptions& options = {}) noexcept;
  /// Requests the list of tools. Completes with the result as JSON text. Older servers do not know the method
  /// and answer `remote` with code -32601. If the connection is lost after the request was sent, it completes
  /// with `connection`; it never sets `may_have_run()`.
  /// Errors, returned at once; `completion` is not called:
  /// - config: a deadline that is not positive, or a negative `after_loss`
  /// - queue_full, too_large, connection, closed: as `tool_request`
  Result<Handle> list_tools(Completion completion, const RequestOptions& options = list_defaults) noexcept;
  /// Fetches the results that the server kept. Each row resolves a waiting request or goes to
  /// `on_unclaimed_row`; then this completes with `{"rows":N,"resolved":N,"unclaimed":N}`. The client does
  /// this by itself after each reconnect. `may_have_run()` as for `tool_request`.
  /// Errors, returned at once; `completion` is not called:
  /// - config, queue_full, too_large, connection, closed: as `list_tools`
  Result<Handle> get_pending_results(Completion completion,
                                     const RequestOptions& options = list_defaults) noexcept;
  /// The id of a request on the wire, which `ResultRow::request_id` and the server's own log use; nullopt
  /// once the request has completed.
  [[nodiscard]] std::optional<std::uint64_t> request_id(Handle request) noexcept;

  static constexpr RequestOptions list_defaults{std::chrono::seconds{30}, Priority::normal};

 private:
  class Impl;
};

}  // namespace kedge::agent_gate
