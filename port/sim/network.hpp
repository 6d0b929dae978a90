#pragma once
// Everything a World holds: clock, queue, connections, ports, hosts, names.

#include "connection.hpp"
#include "names.hpp"
#include "trace.hpp"

#include <algorithm>

namespace kedge::sim::detail {

/// What a Port of the World needs to remember.
struct PortState {
  Network* network = nullptr;
  PortEvents* events = nullptr;
  Handle connection;  ///< the last one opened
  Calls calls;
  Rng entropy;  ///< its own, so that one number more taken by the core does not change the network
  Event timer;
  Event resolved;
  std::array<char, Names::name_bytes_max> host{};
  std::size_t host_size = 0;
  std::uint16_t tcp_port = 0;
  std::uint16_t index = 0;
  bool used = false;
  bool resolving = false;
  bool random_works = true;

  void on_timer() noexcept;
  void on_resolved() noexcept;
  /// The stream that was opened and has not reported `on_closed`, or null.
  [[nodiscard]] Endpoint* stream() const noexcept;
  void release() noexcept;
};

/// What a Listener or a PeerHost needs to remember.
struct HostState {
  Network* network = nullptr;
  AcceptEvents* events = nullptr;
  PeerHandler peer;
  Callback<Admission()> admission;
  Calls calls;
  std::optional<NetworkProfile> profile;
  Address address;
  Event accept;
  Event closed;
  Connection* first_waiting = nullptr;
  Connection* last_waiting = nullptr;
  Handle latest;
  std::uint64_t accepted = 0;
  Instant paused_until{};
  std::uint32_t streams = 0;
  std::uint32_t streams_max = 0;
  bool used = false;
  bool raw = false;
  bool listening = false;
  bool pause_told = false;

  /// A request arrived: its other end is here now.
  void take(Connection& connection) noexcept;
  /// Tells the peer's handler, or lets the connection wait to be accepted.
  void announce(Connection& connection) noexcept;
  void accept_next() noexcept;
  void on_closed() noexcept;
  void stop_listening() noexcept;
  /// One of its streams is gone.
  void stream_closed() noexcept;
  void release() noexcept;
};

class Network {
 public:
  Network(std::uint64_t seed, const Capacity& capacity);

  [[nodiscard]] Instant now() const noexcept { return now_; }
  bool step(Instant limit) noexcept;
  void advance(Instant moment) noexcept { now_ = std::max(now_, moment); }
  void schedule(Event& event, Instant when) noexcept { queue.schedule(event, std::max(when, now_)); }
  void happened(Happened what, std::uint32_t who, std::int64_t a = 0, std::int64_t b = 0) noexcept {
    trace.add(now_, what, who, a, b);
  }
  /// False after a user broke the contract of `port.hpp` and the test wants to go on.
  bool require(bool holds, const char* contract) noexcept {
    if (!holds) [[unlikely]]
      broken_contract(contract);
    return holds;
  }
  void print_trace(std::FILE* to) const noexcept;

  PortState& take_port() noexcept;
  HostState& take_host() noexcept;
  Result<Address> listen(HostState& host, const Address& address) noexcept;
  /// The host that listens there, or null.
  HostState* host_at(const Address& address) noexcept;
  /// A connection about to be opened, or null when there is none left.
  Connection* take_connection(const Address& from, const Address& to) noexcept;
  /// Takes the connection back once nobody uses it.
  void release_if_done(Connection& connection) noexcept;
  /// The connection a handle names, or null when it is over.
  Connection* find(Handle handle) noexcept;
  Peer peer(Endpoint& end) noexcept;
  template <class Which>
  std::size_t cut_if(Cut cut, Which&& which) noexcept {
    std::size_t count = 0;
    for (std::size_t i = 0; i < capacity.connections; ++i) {
      if (!connections[i].used() || !which(connections[i])) continue;
      connections[i].cut(cut);
      ++count;
    }
    return count;
  }
  bool add_action(Instant moment, Callback<void()> action) noexcept;

  const std::uint64_t seed;
  const Capacity capacity;
  EventQueue queue;
  Trace trace;
  NetworkProfile profile;
  Names names;
  Rng rng;
  std::unique_ptr<Connection[]> connections;
  std::optional<std::chrono::microseconds> wall_offset;  ///< from the monotonic clock's count to UTC
  Duration timer_grain{};
  bool family_supported[2] = {true, true};
  std::uint64_t events = 0;
  Callback<void(std::string_view)> on_broken_contract;

 private:
  /// Events without time passing that can only be a busy loop.
  static constexpr std::uint32_t spins_max = 1'000'000;

  struct Action {
    Callback<void()> call;
    Event event;
  };
  void broken_contract(const char* contract) noexcept;
  static void run_action(void* action) noexcept;
  void reclaim_oldest() noexcept;

  Instant now_;
  std::unique_ptr<std::byte[]> buffers_;
  std::unique_ptr<PortState[]> ports_;
  std::uint64_t ports_made_ = 0;
  std::unique_ptr<HostState[]> hosts_;
  std::unique_ptr<Action[]> actions_;
  Connection* first_free_ = nullptr;
  Connection* last_free_ = nullptr;
  std::uint32_t next_number_ = 0;
  std::uint16_t next_port_ = 49152;  // the first of the dynamic ports (RFC 6335 section 6)
  std::uint32_t spins_ = 0;
  bool stepping_ = false;
};

/// The simulated clock starts here: at zero, an instant that was never set would look like a real one.
inline constexpr Instant clock_start{std::chrono::seconds{1000}};

}  // namespace kedge::sim::detail
