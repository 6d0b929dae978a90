#pragma once
// For tests of your own: a WebSocket server on a simulated World that does what the test says, also what no
// good server does.
//
//   sim::World world(42);
//   sim::WebSocketPeer gateway(world);
//   (void)gateway.listen(sim::ipv4(10, 0, 0, 1, 80), "gateway.example");
//   gateway.next(sim::Reception::refuse(503).with_header("Retry-After", "7"), 2);  // then it accepts
//   gateway.set_on_message([](sim::WebSocketConnection& line, const sim::WebSocketMessage& message) noexcept
//   {
//     line.send("you said " + message.payload);
//   });
//   sim::Port port(world);
//   start_client(port);                     // of ws://gateway.example/
//   world.run_for(std::chrono::minutes{1});
//   gateway.latest()->cut();                // and now the line breaks
//   world.run_for(std::chrono::minutes{1});
//   check(gateway.connections() == 4 && !gateway.failure());
//
// It speaks ws:// only: of TLS the simulated network knows nothing. What it does follows from the World's
// clock and seed alone. It allocates as it needs to. One thread, the World's. A client that breaks RFC 6455
// is told so as by a good server, and the test by `failure()`; nothing the client does aborts the test.

#include <kedge/error.hpp>
#include <kedge/port_sim.hpp>
#include <kedge/sim/reception.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace kedge::sim {

namespace detail {
class WebSocketHost;
}  // namespace detail

/// A whole message that came from the client.
struct WebSocketMessage {
  std::string payload;  ///< text, or bytes
  bool binary = false;
  Instant at{};  ///< when its last byte was read
};

/// One connection that the peer accepted, as the peer sees it: numbered, scripted, and written down. Valid as
/// long as its WebSocketPeer, also when it is over.
///
/// Views are valid until the next thing is received on it, but those of the request, which stay. What is sent
/// and does not fit on the line waits for room. A verb that cannot be done any more does nothing and says
/// false.
class WebSocketConnection {
 public:
  WebSocketConnection(const WebSocketConnection&) = delete;
  WebSocketConnection& operator=(const WebSocketConnection&) = delete;

  // What it is.
  /// 1 for the first that this peer accepted.
  [[nodiscard]] virtual std::size_t number() const noexcept = 0;
  /// When it was accepted, before the request came.
  [[nodiscard]] virtual Instant accepted_at() const noexcept = 0;
  /// The upgrade was accepted, and neither side has begun to close or ended its writing.
  [[nodiscard]] virtual bool is_open() const noexcept = 0;
  /// Nothing is left of it, on this side.
  [[nodiscard]] virtual bool is_over() const noexcept = 0;

  // What the client said.
  /// The head of the upgrade request, as far as it came; the connection keeps
  /// WebSocketPeerConfig::request_bytes_max of it.
  [[nodiscard]] virtual std::string_view request() const noexcept = 0;
  /// The target of a valid request: its path without the query, and its query without the `?`, as they came.
  [[nodiscard]] virtual std::string_view path() const noexcept = 0;
  [[nodiscard]] virtual std::string_view query() const noexcept = 0;
  /// The first header of that name, compared without case; empty when absent.
  [[nodiscard]] virtual std::string_view header(std::string_view name) const noexcept = 0;
  /// Whether the client offers this subprotocol, in its first header that offers any.
  [[nodiscard]] virtual bool offers(std::string_view subprotocol) const noexcept = 0;
  /// All messages so far, oldest first.
  [[nodiscard]] virtual std::span<const WebSocketMessage> messages() const noexcept = 0;
  /// Of the client's close frame: its code (RFC 6455 section 7.4), 1005 when it held none, 0 when no close
  /// frame came; and its reason.
  [[nodiscard]] virtual std::uint16_t close_code() const noexcept = 0;
  [[nodiscard]] virtual std::string_view close_reason() const noexcept = 0;
  /// The client reset the connection, or the network did.
  [[nodiscard]] virtual bool was_reset() const noexcept = 0;
  /// Pings and pongs of the client, and what the last of each held.
  [[nodiscard]] virtual std::size_t pings() const noexcept = 0;
  [[nodiscard]] virtual std::size_t pongs() const noexcept = 0;
  [[nodiscard]] virtual std::string_view last_ping() const noexcept = 0;
  [[nodiscard]] virtual std::string_view last_pong() const noexcept = 0;
  /// The rule that the client broke, if it did: layer http with the status it was answered with, or layer
  /// websocket with the close code it received.
  [[nodiscard]] virtual const Error& failure() const noexcept = 0;

  // What the peer says.
  /// Answers a request that was held back (`Reception::hold`), or will answer it as soon as it is complete;
  /// instead of an answer that is still delayed. False when it was answered, or for a reception of a
  /// connection not yet accepted.
  virtual bool answer(const Reception& reception) noexcept = 0;
  /// A message, copied: in one frame, or in fragments of this many bytes each. Text is not checked for UTF-8.
  virtual bool send(std::string_view text) noexcept = 0;
  virtual bool send_binary(std::span<const std::byte> bytes) noexcept = 0;
  virtual bool send_in_fragments(std::string_view text, std::size_t fragment_bytes) noexcept = 0;
  /// False for more than 125 bytes too.
  virtual bool ping(std::string_view payload = {}) noexcept = 0;
  virtual bool pong(std::string_view payload = {}) noexcept = 0;
  /// One frame by the numbers of RFC 6455 section 5.2: 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10
  /// pong. Neither the order of frames is checked nor anything in them.
  virtual bool send_frame(std::uint8_t opcode, std::string_view payload, bool fin = true) noexcept = 0;
  /// Any bytes at all, also before the upgrade and in the middle of a frame.
  virtual bool write(std::string_view bytes) noexcept = 0;
  /// Bytes that wait for room on the line.
  [[nodiscard]] virtual std::size_t unsent() const noexcept = 0;

  // How it ends.
  /// Sends a close frame, any code; 1005 sends none. The client's answer is waited for without end, and until
  /// then its messages are still received. An answer to the client's close where
  /// WebSocketPeerConfig::answers_close is off. False for a reason of more than 123 bytes too.
  virtual bool close(std::uint16_t code = 1000, std::string_view reason = {}) noexcept = 0;
  /// Breaks the line now, as a process that is killed does: the client reads what is under way, then a reset.
  virtual void cut() noexcept = 0;
  /// Ends the writing of this side without a close frame: the client reads the end after what was sent.
  virtual void end() noexcept = 0;
  /// Reads nothing more, and so answers nothing, as a process that hangs: the line lives, and what the client
  /// sends piles up on it. What the test says is still sent.
  virtual void stall() noexcept = 0;
  /// Takes `stall` back. What had piled up is read in this call, and handlers are told.
  virtual void go_on() noexcept = 0;
  /// From now on nothing arrives, at either end, and neither end notices: the network's doing.
  virtual void go_silent() noexcept = 0;
  /// Takes `go_silent` back: what was written meanwhile arrives.
  virtual void restore() noexcept = 0;

 protected:
  WebSocketConnection() noexcept = default;
  ~WebSocketConnection() = default;
};

struct WebSocketPeerConfig {
  /// The largest message taken, in bytes; more of one is a failure of the client, closed with 1009.
  std::uint64_t message_bytes_max = 16 * 1024 * 1024;
  /// The largest head of a request; a larger one is a failure, answered with 431.
  std::uint32_t request_bytes_max = 8 * 1024;
  bool answers_pings = true;
  bool answers_close = true;
};

/// Hears of a connection that was opened, or is over.
using WebSocketHandler = Callback<void(WebSocketConnection& line)>;
/// Hears of a message; it is in `WebSocketConnection::messages()` already. The reference is valid during the
/// call only.
using WebSocketMessageHandler = Callback<void(WebSocketConnection& line, const WebSocketMessage& message)>;

/// The server. It accepts every connection but those that it was asked to receive otherwise.
///
/// The World must outlive it, and have room for one more of `Capacity::hosts`. Destroying it resets the
/// connections that are open; not from inside its handlers. Handlers are called from the World's loop, and in
/// a connection's `answer` and `go_on`; they may call everything here, but not replace themselves.
class WebSocketPeer {
 public:
  explicit WebSocketPeer(World& world, const WebSocketPeerConfig& config = {});
  ~WebSocketPeer();
  WebSocketPeer(const WebSocketPeer&) = delete;
  WebSocketPeer& operator=(const WebSocketPeer&) = delete;

  /// Listens there, and lets `host` resolve to that address unless it is empty. Returns the address. Errors:
  /// config (it listens already, or the World has no room for the name), connection (address in use, or of a
  /// family that the World does not have).
  Result<Address> listen(const Address& address, std::string_view host = {});
  /// Connections from now on are refused, and take nothing from the plan; those there are live on.
  void stop_listening() noexcept;

  /// Receives the next `count` connections this way, after those that were planned before.
  void next(const Reception& reception, std::size_t count = 1);
  /// Receives every connection this way for which nothing is planned; `Reception::accept()` at first.
  void otherwise(const Reception& reception);
  /// Connections that are planned and have not come.
  [[nodiscard]] std::size_t planned() const noexcept;

  /// Told when the 101 was written: the place to greet.
  void set_on_open(WebSocketHandler handler) noexcept;
  /// Told of each whole message.
  void set_on_message(WebSocketMessageHandler handler) noexcept;
  /// Told once for each connection that ended, upgraded or not; not of those cut by
  /// `WebSocketConnection::cut`.
  void set_on_end(WebSocketHandler handler) noexcept;

  /// Connections that were asked for while it listened: also those that were refused or ignored by plan.
  [[nodiscard]] std::size_t asked() const noexcept;
  /// Connections accepted so far, as the network means it: whatever the upgrade was answered with.
  [[nodiscard]] std::size_t connections() const noexcept;
  /// A connection by its number, from 1; null when there is none.
  [[nodiscard]] WebSocketConnection* connection(std::size_t number) const noexcept;
  /// The newest connection, open or over; null when there was none yet.
  [[nodiscard]] WebSocketConnection* latest() const noexcept;
  /// The first failure of all connections, see `WebSocketConnection::failure`; or, of kind queue_full, that
  /// an answer could not be delayed as `Capacity::actions` were waiting. Valid as long as the peer.
  [[nodiscard]] const Error& failure() const noexcept;

  /// For connections to this peer from now on, instead of the World's.
  void set_profile(const NetworkProfile& profile) noexcept;
  /// Cuts all its connections; returns how many.
  std::size_t cut_all(Cut cut) noexcept;

 private:
  std::shared_ptr<detail::WebSocketHost> host_;
};

}  // namespace kedge::sim
