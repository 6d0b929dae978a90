#pragma once
// A port with a simulated clock, network and peer: the same seed gives the same run, and an hour takes
// milliseconds.
//
//   sim::World world(42);                                   // everything random comes from this seed
//   sim::PeerHost gateway(world, [&](sim::Peer peer, sim::PeerEvent event) noexcept {
//     if (event == sim::PeerEvent::bytes) answer(peer);     // the raw bytes of the other end
//   });
//   (void)gateway.listen(sim::ipv4(10, 0, 0, 1, 443));
//   const Address addresses[] = {sim::ipv4(10, 0, 0, 1)};
//   world.set_name("gateway.example", addresses);
//   sim::NetworkProfile rough = sim::NetworkProfile::randomised(world.rng().next());
//   world.set_profile(rough);
//   sim::Port port(world);                                  // pass it to a client
//   start_client(port);
//   const bool ready = world.run_until([&] { return client_is_ready(); }, std::chrono::minutes{1});
//   if (!ready) world.print_trace();                        // the last 50 events
//   world.cut_all(sim::Cut::silent);                        // the connections go dead without notice
//   world.run_for(std::chrono::hours{1});
//
// kedge/sim/websocket_peer.hpp has a whole WebSocket server that a test can script.
//
// Single-threaded. A World must outlive its Ports, Listeners and PeerHosts. It allocates only in its
// constructor, so a test that counts allocations should start counting afterwards. The port enforces the
// contract of `port.hpp`: a caller that breaks it gets the trace on stderr and an abort, also in a release
// build.

#include <kedge/acceptor.hpp>
#include <kedge/callback.hpp>
#include <kedge/handle.hpp>
#include <kedge/port.hpp>
#include <kedge/sim/calls.hpp>
#include <kedge/sim/network.hpp>
#include <kedge/sim/rng.hpp>

#include <cstdio>
#include <memory>
#include <string_view>

namespace kedge::sim {

namespace detail {
class Network;
class Endpoint;
struct PortState;
struct HostState;
}  // namespace detail

/// An IPv4 address; the port may be omitted for the addresses of a name.
[[nodiscard]] Address ipv4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d,
                           std::uint16_t tcp_port = 0) noexcept;
/// The address fd00::`last`.
[[nodiscard]] Address ipv6(std::uint16_t last, std::uint16_t tcp_port = 0) noexcept;

/// Clock, network, names and the queue of events.
class World {
 public:
  explicit World(std::uint64_t seed, const Capacity& capacity = {});
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// The simulated monotonic clock; only the functions below advance it. It does not start at zero.
  [[nodiscard]] Instant now() const noexcept;
  /// Advances to the next event and delivers it. Returns false if nothing will ever happen by itself. Do not
  /// call it, or the functions below, from a callback.
  bool step() noexcept;
  /// Delivers all events up to and including `moment`, and sets the clock to it.
  void run_until(Instant moment) noexcept;
  void run_for(Duration length) noexcept { run_until(after(now(), length)); }
  /// Runs until no event is left, for at most `bound`. Returns true if none was left by then.
  bool run_until_idle(Duration bound) noexcept;
  /// Runs until `done()` returns true, calling it after each event, for at most `bound`. Returns whether it
  /// did.
  template <class Done>
  requires std::is_invocable_r_v<bool, Done&>
  bool run_until(Done&& done, Duration bound) noexcept {
    const Instant limit = after(now(), bound);
    while (!done()) {
      if (!step_until(limit)) return done();
    }
    return true;
  }
  /// Calls `action` from the loop at `moment`, or at once if that has passed. Returns false if
  /// `Capacity::actions` are waiting already.
  bool at(Instant moment, Callback<void()> action) noexcept;

  /// Sets the profile of new connections, unless their host has its own.
  void set_profile(const NetworkProfile& profile) noexcept;
  [[nodiscard]] const NetworkProfile& profile() const noexcept;
  /// Cuts every connection, including those being opened. Returns how many.
  std::size_t cut_all(Cut cut) noexcept;
  /// Restores every silent connection: what was written meanwhile arrives.
  void restore_all() noexcept;
  /// Sets whether this machine has addresses of the family; without, `connect` fails at once.
  void set_family(Address::Family family, bool supported) noexcept;
  /// Rounds the deadlines of ports up to multiples of `grain`; zero: exact.
  void set_timer_grain(Duration grain) noexcept;
  /// Connections that hold a slot now: open, being opened, or half closed.
  [[nodiscard]] std::size_t connections() const noexcept;

  /// Makes `host` resolve to these addresses (at most 16; their ports are ignored) after `delay`. Replaces an
  /// earlier entry of the same name; case is ignored. Returns false if the table is full or the name too
  /// long. An address needs no entry; every other unknown name fails after a millisecond.
  bool set_name(std::string_view host, std::span<const Address> addresses,
                Duration delay = std::chrono::milliseconds{1}) noexcept;
  /// Makes the lookup of `host` fail after `delay`.
  bool set_name_failure(std::string_view host, Duration delay = std::chrono::milliseconds{1}) noexcept;
  /// Makes the lookup of `host` never return.
  bool set_name_silent(std::string_view host) noexcept;

  /// Sets the time of day, which then advances with the clock; nullopt: a device that does not know it. It
  /// starts at 2026-01-01 00:00 UTC.
  void set_wall_time(std::optional<WallTime> time) noexcept;
  /// Moves the time of day forward or back, as NTP or a user would.
  void jump_wall_time(std::chrono::milliseconds by) noexcept;
  [[nodiscard]] std::optional<WallTime> wall_time() const noexcept;

  /// Random numbers for the test's own choices.
  [[nodiscard]] Rng& rng() noexcept;
  [[nodiscard]] std::uint64_t seed() const noexcept;

  /// Adds a line to the trace, cut at 63 bytes.
  void note(std::string_view text) noexcept;
  /// Prints the seed and the last 50 events, oldest first.
  void print_trace(std::FILE* to = stderr) const noexcept;
  /// A digest of everything traced so far: two runs that differ in anything have different digests.
  [[nodiscard]] std::uint64_t digest() const noexcept;
  /// Events delivered so far.
  [[nodiscard]] std::uint64_t events() const noexcept;
  /// Replaces the abort when a port's user breaks its contract; the call then does nothing. For tests of a
  /// contract.
  void set_on_broken_contract(Callback<void(std::string_view)> handler) noexcept;

 private:
  friend class Port;
  friend class Listener;
  friend class PeerHost;
  bool step_until(Instant limit) noexcept;

  std::unique_ptr<detail::Network> network_;
};

/// A client's or a server's port on a World. Destroying it resets a stream that is still open.
class Port final : public kedge::Port {
 public:
  /// The World must have room for it (`Capacity::ports`).
  explicit Port(World& world) noexcept;
  ~Port();
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  void set_events(PortEvents& events) noexcept override;
  [[nodiscard]] Instant now() noexcept override;
  [[nodiscard]] std::optional<WallTime> wall_time() noexcept override;
  [[nodiscard]] bool random(std::span<std::byte> out) noexcept override;
  void arm(Instant deadline) noexcept override;
  /// Errors:
  /// - config: the name is empty or longer than 253 bytes
  /// - connection: layer resolver: made to fail by `Calls`
  Result<void> resolve(std::string_view host, std::uint16_t tcp_port) noexcept override;
  void cancel_resolve() noexcept override;
  /// Errors:
  /// - connection: layer system: made to fail by `Calls`, a family that is not supported, or no room for
  ///   another connection
  Result<Stream*> connect(const Address& address, StreamEvents& events) noexcept override;

  [[nodiscard]] Calls& calls() noexcept;
  /// Makes every `random` fail, or work again.
  void set_random_works(bool works) noexcept;
  /// Whether nothing is open, armed or being looked up.
  [[nodiscard]] bool idle() const noexcept;
  /// Cuts this port's connection. Returns false if it has none.
  bool cut(Cut cut) noexcept;

 private:
  detail::Network& network_;
  detail::PortState& state_;
};

/// A listener for kedge's own server code in the same process. Destroying it resets its streams.
class Listener final : public Acceptor {
 public:
  /// At most `streams_max` streams at once; further peers wait, connected but not accepted.
  explicit Listener(World& world, std::uint32_t streams_max = 1000) noexcept;
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// An address of all zeros accepts every address of its family.
  /// Errors:
  /// - config: it is listening already
  /// - connection: the address is in use, or of a family that the World does not have
  Result<Address> listen(const Address& address, AcceptEvents& events) noexcept override;
  void close() noexcept override;

  /// Accepts no peer for `length`, and calls `on_accept_error` once, when the first peer waits.
  void pause_accepting(Duration length) noexcept;
  /// Sets the profile of new connections to this listener, instead of the World's.
  void set_profile(const NetworkProfile& profile) noexcept;
  std::size_t cut_all(Cut cut) noexcept;
  [[nodiscard]] Calls& calls() noexcept;

 private:
  detail::Network& network_;
  detail::HostState& state_;
};

/// The events of a raw peer.
enum class PeerEvent : std::uint8_t {
  open,      ///< accepted, or connected
  failed,    ///< `dial` failed; the handle is no longer valid
  bytes,     ///< bytes arrived
  end,       ///< the other side sent its end; unread bytes remain
  reset,     ///< the connection broke; unread bytes remain
  writable,  ///< there is room again, after a write that was taken partly or not at all
};

/// One end of a connection as raw bytes, for tests. A handle: copy it freely; a stale one does nothing.
///
/// Unread bytes stay and push back on the writer. Reads and writes here are exact: the profile applies to the
/// transport only.
class Peer {
 public:
  Peer() noexcept = default;
  /// Whether the connection exists and is open in at least one direction.
  [[nodiscard]] bool open() const noexcept;
  /// Whether the other side sent its end, or is gone.
  [[nodiscard]] bool ended() const noexcept;
  [[nodiscard]] bool was_reset() const noexcept;
  /// Bytes that have arrived and are unread.
  [[nodiscard]] std::size_t readable() const noexcept;
  /// Reads into `into`. Returns how many bytes.
  std::size_t read(std::span<std::byte> into) noexcept;
  /// Sends. Returns how many bytes were taken, fewer if the buffer is full. One write is one segment (see
  /// `NetworkProfile::keep_segments`).
  std::size_t write(std::span<const std::byte> from) noexcept;
  std::size_t write(std::string_view text) noexcept {
    return write(std::as_bytes(std::span(text.data(), text.size())));
  }
  /// Half-closes: the other side reads the end after everything written before.
  void finish() noexcept;
  /// Closes like a program: the other side reads the end, or a reset if bytes were unread here.
  void close() noexcept;
  /// Resets: the other side reads an error.
  void reset() noexcept;
  /// From now on nothing arrives at either end, and neither end notices.
  void go_silent() noexcept;
  /// Undoes `go_silent`.
  void restore() noexcept;
  friend bool operator==(const Peer&, const Peer&) noexcept = default;

 private:
  friend class detail::Network;
  friend class detail::Endpoint;
  friend class PeerHost;
  [[nodiscard]] detail::Endpoint* end() const noexcept;

  detail::Network* network_ = nullptr;
  Handle connection_;
  std::uint8_t side_ = 0;
};

/// Receives the events of a host's peers. Empty: the test polls.
using PeerHandler = Callback<void(Peer peer, PeerEvent event)>;

/// How a machine answers an attempt to connect.
enum class Admission : std::uint8_t {
  accept,
  refuse,  ///< connection refused
  ignore,  ///< never answered, as if lost on the way
};

/// A machine whose connections the test scripts. Destroying it resets them.
class PeerHost {
 public:
  explicit PeerHost(World& world, PeerHandler handler = {}) noexcept;
  ~PeerHost();
  PeerHost(const PeerHost&) = delete;
  PeerHost& operator=(const PeerHost&) = delete;

  /// Accepts connections to `address`.
  /// Errors: as `Listener::listen`.
  Result<Address> listen(const Address& address) noexcept;
  /// Refuses connections from now on; existing ones stay open.
  void stop_listening() noexcept;
  /// Calls `admission` for each connection that arrives while it listens; empty: accepts all. It must not
  /// destroy the host.
  void set_admission(Callback<Admission()> admission) noexcept;
  /// Connects to a Listener or another PeerHost. The handle does nothing if the World is full.
  Peer dial(const Address& address) noexcept;
  /// The most recently accepted connection.
  [[nodiscard]] Peer latest() const noexcept;
  /// Connections accepted so far.
  [[nodiscard]] std::uint64_t accepted() const noexcept;
  void set_profile(const NetworkProfile& profile) noexcept;
  std::size_t cut_all(Cut cut) noexcept;

 private:
  detail::Network& network_;
  detail::HostState& state_;
};

}  // namespace kedge::sim
