#pragma once
// One end of a connection: the stream a program holds, or the raw end of a scripted peer.

#include <kedge/port_sim.hpp>

#include "event_queue.hpp"

namespace kedge::sim::detail {

class Connection;

class Endpoint final : public Stream {
 public:
  enum class State : std::uint8_t {
    unused,
    opening,  ///< the connecting side, until `on_open` or `on_error`
    waiting,  ///< the accepting side, until a Listener has room for it
    failed,   ///< told `on_error`
    open,
    closing,  ///< closed by its user, who has not been told yet
    closed,
  };

  /// Fixed once: where it belongs.
  void place(Connection& connection, std::uint8_t side) noexcept;
  /// Starts a new use.
  void start(State state, Calls* calls, StreamEvents* events, PeerHandler* peer) noexcept;

  IoResult read(std::span<std::byte> into) noexcept override;
  IoResult write(std::span<const std::byte> from) noexcept override;
  void shutdown_write() noexcept override;
  void close() noexcept override;
  [[nodiscard]] Error error() const noexcept override { return error_; }
  void set_events(StreamEvents& events) noexcept override;

  // For the network.
  /// The connection is established (no error) or was not; the user is told at `when`.
  void opens(Instant when, const Error& error) noexcept;
  /// A Listener hands it out.
  void accepted() noexcept;
  /// Something to read has arrived.
  void arrived() noexcept;
  /// There is room again.
  void has_room(Instant when) noexcept;
  /// The line broke; the user is told if it waits for anything.
  void breaks(const Error& error) noexcept;
  /// Schedules `breaks` with a reset by the other side.
  void breaks_at(Instant when) noexcept;
  /// The line went silent: an answer or a reset under way is lost; true when it was a reset.
  bool loses_what_is_under_way() noexcept;
  /// Ends at once and tells nobody: its user is gone.
  void abandon() noexcept;
  void cancel_all() noexcept;

  // For raw peers.
  std::size_t raw_read(std::span<std::byte> into) noexcept;
  std::size_t raw_write(std::span<const std::byte> from) noexcept;
  void raw_close(bool reset) noexcept;
  void raw_tell(PeerEvent event) noexcept;

  [[nodiscard]] State state() const noexcept { return state_; }
  /// Nobody uses it now.
  [[nodiscard]] bool done() const noexcept { return state_ == State::unused || state_ == State::closed; }
  [[nodiscard]] bool raw() const noexcept { return peer_ != nullptr; }
  [[nodiscard]] bool broken() const noexcept { return static_cast<bool>(error_); }
  [[nodiscard]] bool has_events() const noexcept { return events_ != nullptr; }
  [[nodiscard]] PeerHandler* peer() const noexcept { return peer_; }
  [[nodiscard]] Connection& connection() const noexcept { return *connection_; }
  [[nodiscard]] std::uint8_t side() const noexcept { return side_; }

 private:
  [[nodiscard]] bool something_to_read() const noexcept;
  void tell_readable_if_wanted() noexcept;
  /// Bytes of `offered` that a write takes now: the profile's whims, the room, a reset due at a byte.
  std::size_t accepts(std::size_t offered, bool& room_left) noexcept;
  IoResult injected_failure(Call call) noexcept;

  void tell_open() noexcept;
  void tell_readable() noexcept;
  void raw_tell_arrived() noexcept;
  void tell_writable() noexcept;
  void tell_closed() noexcept;

  Connection* connection_ = nullptr;
  Calls* calls_ = nullptr;
  StreamEvents* events_ = nullptr;
  PeerHandler* peer_ = nullptr;
  std::uint64_t raw_told_bytes_ = 0;  ///< of those that arrived
  Event open_event_;
  Event readable_event_;
  Event writable_event_;
  Event closed_event_;
  Event reset_event_;
  Error error_;
  State state_ = State::unused;
  std::uint8_t side_ = 0;
  bool want_read_ = false;   ///< the next thing to read is worth an event
  bool want_write_ = false;  ///< the next room is worth an event
  bool shut_ = false;        ///< its user ended its writing
  bool end_told_ = false;    ///< raw peers hear of the end once
};

}  // namespace kedge::sim::detail
