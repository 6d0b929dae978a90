#pragma once
// The daemon's state at one moment: what GET /health and GET /metrics tell.

#include "../program/http/server.hpp"
#include "send_route.hpp"

#include <kedge/client.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace kedge::agent {

struct Snapshot {
  std::string node_id;
  bool sends = false;  ///< a URL is set
  bool shutting_down = false;
  LinkState state = LinkState::idle;
  Error last_error;
  Statistics link;
  std::size_t active = 0;  ///< packets in flight
  PacketCounters packets;
  Latency latency;
  std::size_t http_connections = 0;
  program::HttpCounters http;
  std::optional<WallTime> time;
  std::optional<WallTime> started;  ///< as the clock went then: it never changes
  Duration uptime{};
  std::optional<WallTime> peer_certificate_expires;    ///< none: it has shown none yet
  std::optional<WallTime> client_certificate_expires;  ///< none: there is none

  [[nodiscard]] bool connected() const noexcept { return state == LinkState::ready; }
  /// Whether the line is as it is wished to be; without a URL there is to be none.
  [[nodiscard]] bool healthy() const noexcept { return !sends || connected(); }
};

}  // namespace kedge::agent
