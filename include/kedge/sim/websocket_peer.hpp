#pragma once
// For your own tests: a WebSocket server on a simulated World that does what the test says, including what no
// correct server does.
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
//   gateway.latest()->cut();                // breaks the connection
//   world.run_for(std::chrono::minutes{1});
//   check(gateway.connections() == 4 && !gateway.failure());
//
// It speaks ws:// only: the simulated network has no TLS. Its behaviour follows from the World's clock and
// seed alone. It allocates as needed, and runs on the World's thread. A client that breaks RFC 6455 gets the
// answer of a correct server, and `failure()` reports it to the test; nothing that the client does aborts the
// test.

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

/// A whole message from the client.
struct WebSocketMessage {
  std::string payload;  ///< text, or bytes
  bool binary = false;
  Instant at{};  ///< when its last byte was read
};

/// One connection that the peer accepted, as the peer sees it: numbered, scripted and recorded. Valid as long
/// as its WebSocketPeer, also after it has ended.
///
/// Views are valid until the connection receives something more; those of the request stay valid. Sent data
/// that does not fit waits for room. A function that can no longer act does nothing and returns false.
class WebSocketConnection {
 public:
  WebSocketConnection(const WebSocketConnection&) = delete;
  WebSocketConnection& operator=(const WebSocketConnection&) = delete;

  // State.
  /// 1 for the first connection that this peer accepted.
  [[nodiscard]] virtual std::size_t number() const noexcept = 0;
  /// When it was accepted, before the request arrived.
  [[nodiscard]] virtual Instant accepted_at() const noexcept = 0;
  /// Whether the upgrade was accepted and neither side has started to close or ended its writing.
  [[nodiscard]] virtual bool is_open() const noexcept = 0;
  /// Whether this side of the connection has ended.
  [[nodiscard]] virtual bool is_over() const noexcept = 0;

  // From the client.
  /// The head of the upgrade request, as far as it has arrived; at most
  /// WebSocketPeerConfig::request_bytes_max.
  [[nodiscard]] virtual std::string_view request() const noexcept = 0;
  /// The target of a valid request: its path without the query, and its query without the `?`, as received.
  [[nodiscard]] virtual std::string_view path() const noexcept = 0;
  [[nodiscard]] virtual std::string_view query() const noexcept = 0;
  /// The first header of that name, ignoring case; empty if absent.
  [[nodiscard]] virtual std::string_view header(std::string_view name) const noexcept = 0;
  /// Whether the client offers this subprotocol, in its first header that offers any.
  [[nodiscard]] virtual bool offers(std::string_view subprotocol) const noexcept = 0;
  /// All messages so far, oldest first.
  [[nodiscard]] virtual std::span<const WebSocketMessage> messages() const noexcept = 0;
  /// The code of the client's close frame (RFC 6455 section 7.4), 1005 if it has none, 0 without a close
  /// frame; and its reason.
  [[nodiscard]] virtual std::uint16_t close_code() const noexcept = 0;
  [[nodiscard]] virtual std::string_view close_reason() const noexcept = 0;
  /// Whether the client or the network reset the connection.
  [[nodiscard]] virtual bool was_reset() const noexcept = 0;
  /// Number of the client's pings and pongs, and the payload of the last of each.
  [[nodiscard]] virtual std::size_t pings() const noexcept = 0;
  [[nodiscard]] virtual std::size_t pongs() const noexcept = 0;
  [[nodiscard]] virtual std::string_view last_ping() const noexcept = 0;
  [[nodiscard]] virtual std::string_view last_pong() const noexcept = 0;
  /// The rule that the client broke, if any: layer http with the status of the answer, or layer websocket
  /// with the close code sent to it.
  [[nodiscard]] virtual const Error& failure() const noexcept = 0;

  // To the client.
  /// Answers a request that was held back (`Reception::hold`), or will as soon as it is complete; replaces an
  /// answer that is still delayed. Returns false if it was answered, or if the reception is for a connection
  /// not yet accepted.
  virtual bool answer(const Reception& reception) noexcept = 0;
  /// Sends a message, which is copied, in one frame, or in fragments of `fragment_bytes` bytes. Text is not
  /// checked for UTF-8.
  virtual bool send(std::string_view text) noexcept = 0;
  virtual bool send_binary(std::span<const std::byte> bytes) noexcept = 0;
  virtual bool send_in_fragments(std::string_view text, std::size_t fragment_bytes) noexcept = 0;
  /// Also returns false for more than 125 bytes.
  virtual bool ping(std::string_view payload = {}) noexcept = 0;
  virtual bool pong(std::string_view payload = {}) noexcept = 0;
  /// Sends one frame with an opcode of RFC 6455 section 5.2: 0 continuation, 1 text, 2 binary, 8 close, 9
  /// ping, 10 pong. Checks neither the order of frames nor their content.
  virtual bool send_frame(std::uint8_t opcode, std::string_view payload, bool fin = true) noexcept = 0;
  /// Sends any bytes, also before the upgrade and in the middle of a frame.
  virtual bool write(std::string_view bytes) noexcept = 0;
  /// Bytes that wait for room on the connection.
  [[nodiscard]] virtual std::size_t unsent() const noexcept = 0;

  // Ending and faults.
  /// Sends a close frame with any code; 1005 sends none. Waits for the client's answer without a timeout, and
  /// receives its messages until then. If WebSocketPeerConfig::answers_close is off, this also answers the
  /// client's close. Also returns false for a reason of more than 123 bytes.
  virtual bool close(std::uint16_t code = 1000, std::string_view reason = {}) noexcept = 0;
  /// Breaks the connection now, like a killed process: the client reads the bytes in transit, then a reset.
  virtual void cut() noexcept = 0;
  /// Ends this side's writing without a close frame: the client reads the end after everything sent before.
  virtual void end() noexcept = 0;
  /// Stops reading, and so answering, like a hung process: the connection stays open, and what the client
  /// sends piles up. What the test sends still goes out.
  virtual void stall() noexcept = 0;
  /// Undoes `stall`. What had piled up is read in this call, which also calls the handlers.
  virtual void go_on() noexcept = 0;
  /// From now on nothing arrives at either end, and neither end notices, as with a failed network.
  virtual void go_silent() noexcept = 0;
  /// Undoes `go_silent`: what was written meanwhile arrives.
  virtual void restore() noexcept = 0;

 protected:
  WebSocketConnection() noexcept = default;
  ~WebSocketConnection() = default;
};

struct WebSocketPeerConfig {
  /// The largest accepted message, in bytes; a larger one is a failure of the client, closed with 1009.
  std::uint64_t message_bytes_max = 16 * 1024 * 1024;
  /// The largest accepted request head, in bytes; a larger one is a failure, answered with 431.
  std::uint32_t request_bytes_max = 8 * 1024;
  bool answers_pings = true;
  bool answers_close = true;
};

/// Receives a connection that was opened or has ended.
using WebSocketHandler = Callback<void(WebSocketConnection& line)>;
/// Receives a message, which is in `WebSocketConnection::messages()` already. The reference is valid only
/// during the call.
using WebSocketMessageHandler = Callback<void(WebSocketConnection& line, const WebSocketMessage& message)>;

/// The server. It accepts every connection unless told otherwise by `next()` or `otherwise()`.
///
/// The World must outlive it, and needs room for one more of `Capacity::hosts`. Destroying it resets open
/// connections; do not destroy it inside its handlers. The World's loop calls the handlers, and so do a
/// connection's `answer` and `go_on`; handlers may call everything here, but not replace themselves.
class WebSocketPeer {
 public:
  explicit WebSocketPeer(World& world, const WebSocketPeerConfig& config = {});
  ~WebSocketPeer();
  WebSocketPeer(const WebSocketPeer&) = delete;
  WebSocketPeer& operator=(const WebSocketPeer&) = delete;

  /// Listens on `address` and makes `host` resolve to it, unless that is empty. Returns the address.
  /// Errors:
  /// - config: it is listening already, or the World has no room for the name
  /// - connection: the address is in use, or of a family that the World does not have
  Result<Address> listen(const Address& address, std::string_view host = {});
  /// Refuses connections from now on, without using up the plan; existing ones stay open.
  void stop_listening() noexcept;

  /// Receives the next `count` connections this way, after those planned before.
  void next(const Reception& reception, std::size_t count = 1);
  /// Receives every connection without a plan this way; at first `Reception::accept()`.
  void otherwise(const Reception& reception);
  /// Planned connections that have not arrived yet.
  [[nodiscard]] std::size_t planned() const noexcept;

  /// Called when the 101 was written: the place to greet.
  void set_on_open(WebSocketHandler handler) noexcept;
  /// Called for each whole message.
  void set_on_message(WebSocketMessageHandler handler) noexcept;
  /// Called once for each connection that has ended, upgraded or not, except those cut by
  /// `WebSocketConnection::cut`.
  void set_on_end(WebSocketHandler handler) noexcept;

  /// Attempts to connect while it listened, including those refused or ignored by plan.
  [[nodiscard]] std::size_t asked() const noexcept;
  /// Connections accepted so far at TCP level, however the upgrade was answered.
  [[nodiscard]] std::size_t connections() const noexcept;
  /// A connection by its number, from 1; null if there is none.
  [[nodiscard]] WebSocketConnection* connection(std::size_t number) const noexcept;
  /// The newest connection, open or ended; null if there was none yet.
  [[nodiscard]] WebSocketConnection* latest() const noexcept;
  /// The first failure of all connections (see `WebSocketConnection::failure`), or queue_full if an answer
  /// could not be delayed because `Capacity::actions` were waiting. Valid as long as the peer.
  [[nodiscard]] const Error& failure() const noexcept;

  /// Sets the profile of new connections to this peer, instead of the World's.
  void set_profile(const NetworkProfile& profile) noexcept;
  /// Cuts all its connections. Returns how many.
  std::size_t cut_all(Cut cut) noexcept;

 private:
  std::shared_ptr<detail::WebSocketHost> host_;
};

}  // namespace kedge::sim
