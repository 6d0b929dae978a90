#pragma once
// The ground: what kedge needs from the machine. Implement this page and the whole client runs there.
//
// One Port serves one Link (or one server): its clock, one timer, entropy, one outgoing byte stream and name
// resolution. Many Ports may share one event loop. Everything runs on the loop's thread; no event is ever
// delivered inside a call that the core makes into the port. Interfaces have protected, non-virtual
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
  would_block,  ///< nothing now; an event will say when to try again
  end,          ///< read only: the peer closed its side in order
  error,        ///< the stream is broken; `Stream::error()` says why
};

struct IoResult {
  IoStatus status = IoStatus::would_block;
  std::size_t bytes = 0;
};

/// What a Stream tells its user. No event comes inside a call into the stream.
class StreamEvents {
 public:
  /// The stream is connected (TLS: the handshake is complete and verified). Exactly once, unless `on_error`
  /// came.
  virtual void on_open() noexcept = 0;
  /// Opening failed. No `on_open` follows; the user calls `close()`.
  virtual void on_error(const Error& error) noexcept = 0;
  /// There is something to read: bytes, the end, or an error.
  virtual void on_readable() noexcept = 0;
  /// There is room to write again.
  virtual void on_writable() noexcept = 0;
  /// The answer to `close()`, exactly once; the stream may not be used after it.
  virtual void on_closed() noexcept = 0;

 protected:
  ~StreamEvents() = default;
};

/// A pulled, non-blocking byte stream.
///
/// Readable: after a `read` that returned would_block **or fewer bytes than asked for**, and after `on_open`,
/// `on_readable` comes when there is more. After a read that filled the span the user reads on by itself:
/// there will be no event. A user that stops reading in between gets no events and no busy loop. Writable:
/// after a `write` that returned would_block or took fewer bytes than given, `on_writable` comes once.
class Stream {
 public:
  virtual IoResult read(std::span<std::byte> into) noexcept = 0;
  virtual IoResult write(std::span<const std::byte> from) noexcept = 0;
  /// No more writes: the peer sees the end after what was written.
  virtual void shutdown_write() noexcept = 0;
  /// Ends the stream at once, in any state; `on_closed` follows from the loop. Calling it again does nothing.
  virtual void close() noexcept = 0;
  /// What `on_error` or the last status `error` meant.
  [[nodiscard]] virtual Error error() const noexcept = 0;
  /// Sets the receiver of events from now on.
  virtual void set_events(StreamEvents& events) noexcept = 0;

 protected:
  ~Stream() = default;
};

/// What a Port tells its user.
class PortEvents {
 public:
  /// The armed deadline has come (never early). The timer is disarmed.
  virtual void on_timer() noexcept = 0;
  /// The answer to `resolve()`: addresses in the order in which the system would try them, at least one
  /// (valid during the call), or an error. All that the name has, 65,535 at most, and not cut by the port:
  /// the link picks those of an attempt, and others the next time.
  virtual void on_resolved(std::span<const Address> addresses, const Error& error) noexcept = 0;

 protected:
  ~PortEvents() = default;
};

/// Clock, one timer, entropy, one stream and name resolution for one Link or one server.
class Port {
 public:
  /// Sets the receiver of events; before anything else, by the Link's constructor, and again only while
  /// nothing is under way: no timer armed, no lookup, no stream that has not reported `on_closed`.
  virtual void set_events(PortEvents& events) noexcept = 0;

  /// The monotonic time of this turn of the loop: the same value during one turn.
  [[nodiscard]] virtual Instant now() noexcept = 0;
  /// The time of day, or nothing on a device that does not know it.
  [[nodiscard]] virtual std::optional<WallTime> wall_time() noexcept = 0;

  /// Fills `out` with cryptographically strong bytes; false when the source failed (nothing may be used
  /// then).
  [[nodiscard]] virtual bool random(std::span<std::byte> out) noexcept = 0;

  /// Calls `on_timer` once at `deadline` or as soon after as the clock's grain allows, from the loop also
  /// when it has passed already. Replaces the earlier deadline; `never` disarms.
  virtual void arm(Instant deadline) noexcept = 0;

  /// Starts to look up `host`, a name or an address, an IPv6 one perhaps with `%` and a zone behind it (RFC
  /// 4007 section 11), which goes into `Address::scope`; `on_resolved` follows from the loop, once, unless
  /// cancelled. One at a time.
  virtual Result<void> resolve(std::string_view host, std::uint16_t tcp_port) noexcept = 0;
  /// Forgets a lookup under way; its answer will not be delivered. Never blocks.
  virtual void cancel_resolve() noexcept = 0;

  /// Starts to connect; `events.on_open` or `on_error` follows. One stream at a time: the one before must
  /// have reported `on_closed`. So the addresses of a name are tried one after the other, each for a bounded
  /// time, never two at once as RFC 8305 section 5 has it: a device has room for one. Errors: connection (no
  /// descriptor, address family not supported, ...).
  virtual Result<Stream*> connect(const Address& address, StreamEvents& events) noexcept = 0;

 protected:
  ~Port() = default;

 private:
  friend class Link;
  bool has_link_ = false;  // one at a time
};

}  // namespace kedge
