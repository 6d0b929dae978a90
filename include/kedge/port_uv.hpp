#pragma once
// The port on libuv: POSIX sockets in a libuv loop, for Linux devices and hosts.

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
  /// Most bytes that wait unsent in the kernel (TCP_NOTSENT_LOWAT, which the kernel keeps to within a segment
  /// or two); a ping may have to wait for them. 0: the system's default. TCP_NODELAY is always on.
  std::uint32_t unsent_bytes_max = 64 * 1024;
};

/// An event loop for any number of ports, listeners and links, all on the thread that runs it.
///
/// Ports and listeners on the loop must be destroyed before it. It takes all memory and handles at
/// construction.
class Loop {
 public:
  static constexpr std::size_t posts_default = 64;

  /// Creates its own libuv loop. `posts_max`: how many callbacks may wait between `post()` and the loop; 1 or
  /// more.
  explicit Loop(std::size_t posts_max = posts_default) noexcept;
  /// Uses the caller's libuv loop, which must outlive this object and then run until every handle has closed
  /// (as `uv_loop_close` requires anyway).
  explicit Loop(uv_loop_s& callers, std::size_t posts_max = posts_default) noexcept;
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  /// Runs the remaining close callbacks; destroys callbacks that were posted but have not run. Never blocks:
  /// if a name lookup has not returned (`lookups_outstanding()`), `uv_loop_close` would return EBUSY, so the
  /// loop's memory is left to that lookup's thread. See `exit_now()` for the consequence at exit.
  ~Loop();

  /// Whether the loop could be created. If not, every call of a port returns this error.
  /// Errors:
  /// - connection: layer system: no descriptor left, or no memory
  [[nodiscard]] Result<void> status() const noexcept;

  /// Runs until `stop()`, or until nothing is left to wait for: no stream or listener open (a paused reader
  /// counts), no timer armed, no lookup wanted, nothing posted, no `keep_running`. A cancelled lookup that
  /// has not returned does not count; until it returns, the caller's own libuv *requests* do not count
  /// either.
  void run() noexcept;
  /// Runs one turn, waiting for at least one event if there is anything to wait for.
  void run_once() noexcept;
  /// Runs one turn without waiting.
  void poll() noexcept;
  /// Makes `run()` return after this turn. Call it on the loop's thread; from another thread, post a callback
  /// that calls it.
  void stop() noexcept;
  /// While on, `run()` waits for posts even if nothing else is left. Off by default.
  void keep_running(bool on) noexcept;

  /// Runs `callback` on the loop, in the order of the posts. The only function that you may call from any
  /// thread, but not concurrently with the destructor. A callback may post again: that one runs in the next
  /// turn.
  /// Errors:
  /// - queue_full: `posts_max` callbacks wait already; nothing was queued
  Result<void> post(Callback<void()> callback) noexcept;

  /// Name lookups that were started on this loop and have not returned from `getaddrinfo`, including
  /// cancelled ones.
  [[nodiscard]] std::size_t lookups_outstanding() const noexcept;
  /// The libuv loop, for your own handles.
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

/// The port of one link. Its Loop must outlive it. You may destroy it at any time outside its own callbacks:
/// open streams close by themselves, without events.
///
/// `now()` is in microseconds and constant during each event that enters from libuv; called from elsewhere it
/// reads the clock. The timer has a resolution of 1 ms, rounded up. After construction the port allocates
/// nothing, except for a name with more than `addresses_at_hand` addresses; per attempt, libuv and libc
/// allocate a host name, getaddrinfo's own memory and, at first, threads and tables that stay.
class Port final : public kedge::Port {
 public:
  /// A name with more addresses allocates memory while its answer is delivered; without memory the rest is
  /// dropped.
  static constexpr std::size_t addresses_at_hand = 32;
  /// Lookups that the resolver may work on at once, all but one of them cancelled. getaddrinfo cannot be
  /// interrupted, so another one is refused (`connection`, layer resolver) until one returns.
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
  /// Answers IPv4 and IPv6 literals (with `%zone`, a number or an interface's name, without brackets) without
  /// a thread.
  /// Errors:
  /// - config: the name is empty, longer than 255 bytes or holds a NUL, or a lookup is in progress
  /// - connection: layer resolver: the interface does not exist (it may appear later), or `lookups_max`
  ///   lookups have not returned; or the loop could not be created
  Result<void> resolve(std::string_view host, std::uint16_t tcp_port) noexcept override;
  void cancel_resolve() noexcept override;
  /// Errors:
  /// - connection: see Port::connect; or the loop could not be created
  /// - config: the previous stream has not reported `on_closed`
  Result<Stream*> connect(const Address& address, StreamEvents& events) noexcept override;

 private:
  PortCore* core_;
};

struct ListenerOptions {
  /// Streams open at once, 1 or more; the pool is allocated at construction.
  std::size_t streams_max = 1024;
  /// Peers that the kernel keeps waiting (listen(2)).
  int backlog = 511;
  StreamOptions stream{};
};

/// Listens on one address. Its Loop must outlive it. You may destroy it at any time outside its own callbacks
/// and those of its streams: open streams close by themselves, without events.
///
/// An IPv6 listener accepts IPv6 peers only: use two for both families. When no descriptor is left, accepting
/// pauses for `retry_after` or until one of its streams is returned.
class Listener final : public Acceptor {
 public:
  static constexpr Duration retry_after = std::chrono::milliseconds(100);

  explicit Listener(Loop& loop, const ListenerOptions& options = {}) noexcept;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();

  /// Errors:
  /// - connection: see Acceptor::listen; or the loop could not be created
  /// - config: it is listening already
  Result<Address> listen(const Address& address, AcceptEvents& events) noexcept override;
  void close() noexcept override;
  /// Streams that are open or closing.
  [[nodiscard]] std::size_t streams_in_use() const noexcept;

 private:
  ListenerCore* core_;
};

}  // namespace kedge::uv
