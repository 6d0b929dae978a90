#pragma once
// The port on libuv: POSIX sockets under a libuv loop, for Linux devices and hosts.

#include <kedge/acceptor.hpp>
#include <kedge/callback.hpp>
#include <kedge/port.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

struct uv_loop_s;

namespace kedge::uv {

class LoopCore;
class PortCore;
class ListenerCore;

/// How the streams of a Port or a Listener behave.
struct StreamOptions {
  /// Most bytes that wait unsent in the kernel (TCP_NOTSENT_LOWAT; the kernel keeps it to within a segment or
  /// two): what a ping may have to wait behind. 0 leaves the system's own bound. TCP_NODELAY is always on.
  std::uint32_t unsent_bytes_max = 64 * 1024;
};

/// An event loop for any number of ports, listeners and links; all of them run on the thread that runs it.
///
/// Ports and listeners on it must be destroyed before it. Memory and handles are taken at construction.
class Loop {
 public:
  static constexpr std::size_t posts_default = 64;

  /// A loop of its own. `posts_max`: callbacks that may wait between `post()` and the loop, 1 or more.
  explicit Loop(std::size_t posts_max = posts_default) noexcept;
  /// On the caller's loop, which must outlive this object and then run until every handle has closed (as
  /// `uv_loop_close` demands anyway).
  explicit Loop(uv_loop_s& callers, std::size_t posts_max = posts_default) noexcept;
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  /// Runs the close callbacks that are still due; callbacks posted but not yet run are destroyed. Never
  /// blocks: when a name lookup has not returned yet (`lookups_outstanding()`), `uv_loop_close` would say
  /// EBUSY, and the loop's memory is left to that lookup's thread. See `exit_now()` for what this means at
  /// exit.
  ~Loop();

  /// Whether the loop could be made. Errors: `connection`, layer system: no descriptor left, no memory. On a
  /// loop that could not, every call of a port fails with this error.
  [[nodiscard]] Result<void> status() const noexcept;

  /// Runs until `stop()`, or until nothing is left to wait for: no stream or listener open (a paused reader
  /// counts), no timer armed, no lookup wanted, nothing posted, no `keep_running`. A lookup that was
  /// cancelled but has not returned does not count; while there is one, neither do the caller's own libuv
  /// *requests*.
  void run() noexcept;
  /// One turn, waiting for at least one event if there is anything to wait for.
  void run_once() noexcept;
  /// One turn without waiting.
  void poll() noexcept;
  /// Makes `run()` return after this turn. On the loop's thread; from another one, post a call to it.
  void stop() noexcept;
  /// While on, `run()` waits for posts even when nothing else is left. Off at first.
  void keep_running(bool on) noexcept;

  /// Runs `callback` on the loop, in the order of the posts. The only call that is allowed from any thread;
  /// no post may race the destructor. A callback may post again: that one runs in the next turn. Errors:
  /// `queue_full` when `posts_max` callbacks wait (nothing was queued).
  Result<void> post(Callback<void()> callback) noexcept;

  /// Name lookups that were started on this loop and have not come back from `getaddrinfo`, cancelled ones
  /// included.
  [[nodiscard]] std::size_t lookups_outstanding() const noexcept;
  /// The libuv loop, for handles of one's own.
  [[nodiscard]] uv_loop_s* native() noexcept;

 private:
  friend class Port;
  friend class Listener;
  LoopCore* core_;
};

/// Ends the process with `code` after flushing stdio, without running destructors of static objects or atexit
/// handlers.
///
/// For programs that end while `lookups_outstanding()` is not 0: libuv joins its threads when it is unloaded,
/// so `exit()` and a return from `main()` wait for a getaddrinfo that may never return.
[[noreturn]] void exit_now(int code) noexcept;

/// One link's port. Outlived by its Loop; may be destroyed at any time outside its own callbacks: what is
/// open closes by itself, without events.
///
/// `now()` is in microseconds and one value for each event that enters from libuv; called from elsewhere it
/// reads the clock. The timer's grain is 1 ms, rounded up. Nothing is allocated here after construction,
/// but for a name with more than `addresses_at_hand` addresses; what libuv and libc allocate for an attempt
/// is a hostname, getaddrinfo's own work and, at first, threads and tables that stay.
class Port final : public kedge::Port {
 public:
  /// A name with more addresses takes memory while its answer is handed over; where there is none, the rest
  /// is left out.
  static constexpr std::size_t addresses_at_hand = 32;
  /// Lookups that may be with the resolver at once, all but one of them cancelled. As getaddrinfo cannot be
  /// interrupted, one more is refused (`connection`, layer resolver) until one returns.
  static constexpr std::size_t lookups_max = 2;

  explicit Port(Loop& loop, StreamOptions options = {}) noexcept;
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;
  ~Port();

  void set_events(PortEvents& events) noexcept override;
  [[nodiscard]] Instant now() noexcept override;
  [[nodiscard]] std::optional<WallTime> wall_time() noexcept override;
  [[nodiscard]] bool random(std::span<std::byte> out) noexcept override;
  void arm(Instant deadline) noexcept override;
  /// IPv4 and IPv6 literals (with `%zone`, a number or an interface's name, without brackets) are answered
  /// without a thread. Errors: `config` for a name that is empty, longer than 255 bytes or holds a NUL;
  /// `connection`, layer resolver, for an interface that is not there: it may come.
  Result<void> resolve(std::string_view host, std::uint16_t tcp_port) noexcept override;
  void cancel_resolve() noexcept override;
  /// Errors also: `config` while the stream before has not reported `on_closed`.
  Result<Stream*> connect(const Address& address, StreamEvents& events) noexcept override;

 private:
  PortCore* core_;
};

struct ListenerOptions {
  /// Streams open at once; the pool is allocated at construction. 1 or more.
  std::size_t streams_max = 1024;
  /// Peers that the kernel keeps waiting (listen(2)).
  int backlog = 511;
  StreamOptions stream{};
};

/// Listens on one address. Outlived by its Loop; may be destroyed at any time outside its own callbacks and
/// those of its streams: what is open closes by itself, without events.
///
/// An IPv6 listener takes IPv6 peers only: use two for both. When no descriptor is left, accepting pauses for
/// `retry_after` or until one of its streams is given back.
class Listener final : public Acceptor {
 public:
  static constexpr Duration retry_after = std::chrono::milliseconds(100);

  explicit Listener(Loop& loop, const ListenerOptions& options = {}) noexcept;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();

  Result<Address> listen(const Address& address, AcceptEvents& events) noexcept override;
  void close() noexcept override;
  /// Streams that are open or closing.
  [[nodiscard]] std::size_t streams_in_use() const noexcept;

 private:
  ListenerCore* core_;
};

}  // namespace kedge::uv
