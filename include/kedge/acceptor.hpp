#pragma once
// Where a server's streams come from: what a port that can listen implements, and what it tells the server.

#include <kedge/port.hpp>

namespace kedge {

/// What an Acceptor tells its user. No event comes inside a call into the acceptor.
class AcceptEvents {
 public:
  /// A peer has connected. `stream` is open already, so no `on_open` follows: call `stream.set_events()`
  /// before returning, or `stream.close()` to turn the peer away. From then on it keeps the contract of
  /// `Stream`: `on_readable` comes when there is something to read, first without a read before it. The
  /// acceptor owns the stream and takes it back after `on_closed`; a stream closed without a listener is
  /// taken back silently.
  virtual void on_accept(Stream& stream, const Address& peer) noexcept = 0;
  /// A peer could not be taken (no descriptor left, no memory, ...). Accepting pauses and goes on by itself,
  /// so this is for the log; it is reported once for each pause, not for each try.
  virtual void on_accept_error(const Error& error) noexcept = 0;
  /// The answer to `Acceptor::close()`, exactly once. Streams accepted before live on.
  virtual void on_accept_closed() noexcept = 0;

 protected:
  ~AcceptEvents() = default;
};

/// Listens on one address at a time and hands out streams from a fixed pool.
///
/// While the pool is used up nothing is accepted: peers wait in the backlog, and accepting goes on by itself
/// when a stream comes back.
class Acceptor {
 public:
  /// Binds and listens. Port 0 takes any free one. Returns the address that was bound, its port filled in.
  /// Errors: `connection` (address in use, not available, permission, no descriptor left), `config` when it
  /// listens already.
  virtual Result<Address> listen(const Address& address, AcceptEvents& events) noexcept = 0;
  /// Stops listening at once; `on_accept_closed` follows from the loop. Does nothing when it does not listen.
  /// It may listen again after `on_accept_closed`.
  virtual void close() noexcept = 0;

 protected:
  ~Acceptor() = default;
};

}  // namespace kedge
