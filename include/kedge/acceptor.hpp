#pragma once
// The source of a server's streams: the interface of a port that can listen, and its events.

#include <kedge/port.hpp>

namespace kedge {

/// The events of an Acceptor. None is delivered inside a call into the acceptor.
class AcceptEvents {
 public:
  /// A peer has connected. `stream` is already open, so `on_open` does not follow: before returning, call
  /// `stream.set_events()`, or `stream.close()` to turn the peer away. From then on the contract of `Stream`
  /// holds; the first `on_readable` comes without a read before it. The acceptor owns the stream and reclaims
  /// it after `on_closed`; a stream closed without a receiver of events is reclaimed silently.
  virtual void on_accept(Stream& stream, const Address& peer) noexcept = 0;
  /// A peer could not be accepted (no descriptor left, no memory, ...). Accepting pauses and resumes by
  /// itself, so this is for the log; it is called once per pause, not per attempt.
  virtual void on_accept_error(const Error& error) noexcept = 0;
  /// The answer to `Acceptor::close()`. Called exactly once. Streams accepted before stay open.
  virtual void on_accept_closed() noexcept = 0;

 protected:
  ~AcceptEvents() = default;
};

/// Listens on one address at a time and hands out streams from a fixed pool.
///
/// While the pool is exhausted it accepts nothing: peers wait in the backlog, and accepting resumes by itself
/// when a stream is returned.
class Acceptor {
 public:
  /// Binds and listens. Port 0 chooses a free one. `events` is borrowed. Returns the bound address with its
  /// port.
  /// Errors:
  /// - connection: the address is in use or not available, no permission, or no descriptor left
  /// - config: it is listening already
  virtual Result<Address> listen(const Address& address, AcceptEvents& events) noexcept = 0;
  /// Stops listening at once; `on_accept_closed` follows from the loop, after which it may listen again. Does
  /// nothing if it is not listening.
  virtual void close() noexcept = 0;

 protected:
  ~Acceptor() = default;
};

}  // namespace kedge
