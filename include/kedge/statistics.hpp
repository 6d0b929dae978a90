#pragma once
// The counters of a client.

#include <kedge/time.hpp>

#include <cstdint>
#include <optional>

namespace kedge {

/// The counters of a client since construction. 64-bit counters never wrap in practice.
struct Statistics {
  std::uint64_t attempts = 0;
  std::uint64_t connects = 0;  ///< times the client became ready
  std::uint64_t messages_in = 0;
  std::uint64_t messages_out = 0;
  std::uint64_t message_bytes_in = 0;
  std::uint64_t message_bytes_out = 0;
  std::uint64_t stream_bytes_in = 0;
  std::uint64_t stream_bytes_out = 0;
  std::uint64_t writes = 0;  ///< calls of `Stream::write`
  std::uint64_t reads = 0;
  std::uint64_t pings_sent = 0;
  std::uint64_t pongs_received = 0;
  std::uint64_t discarded_messages = 0;  ///< inbound, larger than the limit
  std::uint64_t protocol_errors = 0;     ///< messages that could not be decoded or matched
  std::uint64_t requests_started = 0;
  std::uint64_t requests_completed = 0;  ///< with a result or any error
  std::uint64_t requests_timed_out = 0;
  std::uint64_t messages_refused = 0;  ///< sends refused at once: no room
  std::uint64_t messages_expired = 0;  ///< passed their deadline before they were written
  std::optional<Duration> round_trip;  ///< of the last ping
  std::uint32_t pending = 0;           ///< requests in flight now
  std::uint32_t queued = 0;            ///< messages in the outbound ring now
  std::uint32_t queued_bytes = 0;
};

}  // namespace kedge
