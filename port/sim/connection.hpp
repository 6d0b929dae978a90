#pragma once
// A connection: two ends, a pipe each way, and what the network has in store for it.

#include "endpoint.hpp"
#include "pipe.hpp"

#include <limits>

namespace kedge::sim::detail {

class Connection {
 public:
  static constexpr std::uint64_t no_byte = std::numeric_limits<std::uint64_t>::max();
  /// Events a connection may have scheduled at once: 4 of its own, 5 of each end, an arrival each way.
  static constexpr std::size_t events_max = 4 + 2 * 5 + 2;

  /// Fixed once: where it belongs.
  void place(Network& network, std::uint16_t index, std::span<std::byte> storage) noexcept;
  /// Starts a new use; end 0 is the connecting one.
  void start(std::uint32_t number, const NetworkProfile& profile, const Address& from,
             const Address& to) noexcept;
  /// Cancels everything that was to happen.
  void stop() noexcept;

  /// Sends the connecting side's request on its way, or answers it as the profile says.
  void connect() noexcept;
  /// What `side` wrote goes on its way.
  void send(std::uint8_t side, std::span<const std::byte> bytes) noexcept;
  void send_end(std::uint8_t side) noexcept;
  /// `side` tells the other one that it is not there any more.
  void send_reset(std::uint8_t side) noexcept;
  /// `side` has closed: the other one reads the end, or a reset if something was left unread.
  void side_closed(std::uint8_t side) noexcept;
  /// `side` has read: the other one may have room.
  void side_read(std::uint8_t side) noexcept;
  /// Both ends break now.
  void breaks(int code, const char* words) noexcept;
  void cut(Cut cut) noexcept;
  void restore() noexcept;

  [[nodiscard]] Instant arrival() noexcept;
  [[nodiscard]] bool used() const noexcept { return !ends[0].done() || !ends[1].done(); }
  [[nodiscard]] Pipe& outbound(std::uint8_t side) noexcept { return pipes_[side]; }
  [[nodiscard]] Pipe& inbound(std::uint8_t side) noexcept { return pipes_[1 - side]; }
  [[nodiscard]] Handle handle() const noexcept { return {index, number}; }

  Network* network = nullptr;
  HostState* host = nullptr;   ///< that accepted it
  Connection* next = nullptr;  ///< in the free list, or in a host's queue of waiting connections
  Endpoint ends[2];
  NetworkProfile profile;
  Rng rng;
  Address from;
  Address to;
  std::uint32_t number = 0;  ///< unique in the World; 0: never used
  std::uint16_t index = 0;
  bool silent = false;
  bool in_free_list = false;
  std::uint64_t reset_at[2] = {no_byte, no_byte};  ///< arrived bytes of each side's writing

 private:
  void arrives_at_host() noexcept;
  void draw_fates() noexcept;
  void schedule_arrival(std::uint8_t side) noexcept;
  void something_arrives(std::uint8_t side) noexcept;

  Event request_event_;
  Event reset_event_;
  Event silence_event_;
  Event end_event_;
  Event arrival_event_[2];
  Pipe pipes_[2];
  bool reset_lost_[2] = {false, false};  ///< a side's reset that silence swallowed
  std::span<std::byte> storage_;
};

}  // namespace kedge::sim::detail
