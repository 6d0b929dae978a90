#pragma once
// What kedge needs from the machine. Implement these interfaces, and the whole client runs there.
//
// One Port serves one Link (or one server): its clock, one timer, entropy, one outgoing byte stream and name
// resolution. Many Ports may share one event loop. Everything runs on the loop's thread; the port never
// delivers an event inside a call that the core makes into it. The interfaces have protected, non-virtual
// destructors: the core never owns what the port gives it.

#include <kedge/result.hpp>
#include <kedge/time.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace kedge {

/// An IPv4 or IPv6 address and a TCP port.
struct Address {
  enum class Family : std::uint8_t { ipv4, ipv6 };
  Family family = Family::ipv4;
  std::uint16_t port = 0;
  std::uint32_t scope = 0;               ///< IPv6 scope id (interface index), else 0
  std::array<std::uint8_t, 16> bytes{};  ///< network order; IPv4 uses the first four
  friend bool operator==(const Address&, const Address&) noexcept = default;
};

enum class IoStatus : std::uint8_t {
  ok,           ///< `bytes` > 0 were moved
  would_block,  ///< nothing now; an event says when to try again
  end,          ///< read only: the peer closed its side in an orderly way
  error,        ///< the stream is broken; `Stream::error()` returns why
};

struct IoResult {
  IoStatus status = IoStatus::would_block;
  std::size_t bytes = 0;
};

/// The events of a Stream. None is delivered inside a call into the stream.
class StreamEvents {
 public:
  /// The stream is connected (TLS: the handshake is complete and verified). Called exactly once, unless
  /// `on_error` was called.
  virtual void on_open() noexcept = 0;
  /// Opening failed. `on_open` does not follow; the user calls `close()`.
  virtual void on_error(const Error& error) noexcept = 0;
  /// There is something to read: bytes, the end, or an error.
  virtual void on_readable() noexcept = 0;
  /// There is room to write again.
  virtual void on_writable() noexcept = 0;
  /// The answer to `close()`. Called exactly once; do not use the stream afterwards.
  virtual void on_closed() noexcept = 0;

 protected:
  ~StreamEvents() = default;
};

/// A non-blocking byte stream that its user pulls from.
///
/// Readable: after a `read` that returned would_block **or fewer bytes than asked for**, and after `on_open`,
/// the stream calls `on_readable` when there is more. After a read that filled the span, the user reads on
/// without an event: none comes. A user that stops reading in between gets no events and causes no busy loop.
/// Writable: after a `write` that returned would_block or took fewer bytes than given, the stream calls
/// `on_writable` once.
class Stream {
 public:
  /// Reads at most `into.size()` bytes. Never blocks.
  virtual IoResult read(std::span<std::byte> into) noexcept = 0;
  /// Writes at most `from.size()` bytes, which it does not keep. Never blocks.
  virtual IoResult write(std::span<const std::byte> from) noexcept = 0;
  /// Ends writing: the peer reads the end after everything written before.
  virtual void shutdown_write() noexcept = 0;
  /// Closes the stream at once, in any state; `on_closed` follows from the loop. Further calls do nothing.
  virtual void close() noexcept = 0;
  /// The error that `on_error` reported, or behind the last status `error`.
  [[nodiscard]] virtual Error error() const noexcept = 0;
  /// Sets the receiver of all further events. `events` is borrowed.
  virtual void set_events(StreamEvents& events) noexcept = 0;

 protected:
  ~Stream() = default;
};

/// The events of a Port.
class PortEvents {
 public:
  /// The armed deadline has passed (never called early). The timer is disarmed.
  virtual void on_timer() noexcept = 0;
  /// The answer to `resolve()`: either an error, or at least one address, in the order in which the system
  /// would try them; valid only during the call. The port reports all addresses of the name, up to 65,535;
  /// the link picks those of an attempt, and others the next time.
  virtual void on_resolved(std::span<const Address> addresses, const Error& error) noexcept = 0;

 protected:
  ~PortEvents() = default;
};

/// Clock, one timer, entropy, one stream and name resolution for one Link or one server.
class Port {
 public:
  /// Sets the receiver of events, which is borrowed. The Link's constructor calls it before anything else; it
  /// is called again only while nothing is in progress: no timer armed, no lookup, no stream that has not
  /// reported `on_closed`.
  virtual void set_events(PortEvents& events) noexcept = 0;

  /// The monotonic time of this turn of the loop; constant during one turn.
  [[nodiscard]] virtual Instant now() noexcept = 0;
  /// The time of day in UTC; nullopt on a device that does not know it.
  [[nodiscard]] virtual std::optional<WallTime> wall_time() noexcept = 0;

  /// Fills `out` with cryptographically strong bytes. Returns false if the source failed; `out` must not be
  /// used then.
  [[nodiscard]] virtual bool random(std::span<std::byte> out) noexcept = 0;

  /// Calls `on_timer` once at `deadline`, or as soon after it as the clock's resolution allows; from the
  /// loop, even if the deadline has already passed. Replaces an earlier deadline; `never` disarms.
  virtual void arm(Instant deadline) noexcept = 0;

  /// Starts to look up `host`: a name or an address, where an IPv6 address may end with `%` and a zone (RFC
  /// 4007 section 11), which goes into `Address::scope`. Unless cancelled, `on_resolved` follows once, from
  /// the loop. One lookup at a time. An error is returned at once, and no event follows.
  /// Errors:
  /// - config: the name cannot be looked up
  /// - connection: the lookup cannot be started now
  virtual Result<void> resolve(std::string_view host, std::uint16_t tcp_port) noexcept = 0;
  /// Drops a lookup in progress; its answer is not delivered. Never blocks.
  virtual void cancel_resolve() noexcept = 0;

  /// Starts to connect; `events.on_open` or `on_error` follows. The port owns the stream, which is valid
  /// until its `on_closed`. One stream at a time: the previous one must have reported `on_closed`. So the
  /// client tries the addresses of a name one after another, each for a bounded time, never two at once as in
  /// RFC 8305 section 5: a device has room for one.
  /// Errors:
  /// - connection: no descriptor left, address family not supported, ...
  virtual Result<Stream*> connect(const Address& address, StreamEvents& events) noexcept = 0;

 protected:
  ~Port() = default;

 private:
  friend class Link;
  bool has_link_ = false;  // one at a time
};

}  // namespace kedge
