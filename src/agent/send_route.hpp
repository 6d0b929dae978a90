#pragma once
// POST /ilp/send: from a body to a packet, and from its end to an answer.

#include "connector.hpp"
#include "latency.hpp"
#include "send_answer.hpp"
#include "send_request.hpp"

#include "../program/http/server.hpp"

#include <cstddef>
#include <optional>

namespace kedge::agent {

/// How packets ended.
struct PacketCounters {
  std::uint64_t fulfilled = 0;
  std::uint64_t rejected = 0;
  std::uint64_t timed_out = 0;
  std::uint64_t failed =
      0;  ///< without an answer: a BTP ERROR, a lost line, what was no answer, the daemon's end
};

/// All calls on the loop's thread.
class SendRoute {
 public:
  /// Gives an answer to the request that waits for it. Must not throw.
  using Answer = Callback<void(program::HttpTicket, HttpAnswer)>;

  /// `port` and `connector` are borrowed and outlive this.
  SendRoute(Port& port, Connector& connector, bool sends, Answer answer) noexcept
      : port_(port), connector_(connector), sends_(sends), answer_(std::move(answer)) {}
  SendRoute(const SendRoute&) = delete;
  SendRoute& operator=(const SendRoute&) = delete;

  /// The answer, or nothing when a packet is on its way.
  std::optional<HttpAnswer> on_request(const HttpRequest& request, program::HttpTicket ticket);
  /// From now on every request is refused with 503; packets in flight are not touched.
  void shut_down() noexcept { shutting_down_ = true; }
  /// Packets in flight.
  [[nodiscard]] std::size_t active() const noexcept { return active_; }
  [[nodiscard]] const PacketCounters& counters() const noexcept { return counters_; }
  /// From sending to the end of each of those, whatever it was.
  [[nodiscard]] const Latency& latency() const noexcept { return latency_; }

 private:
  Result<void> send(const SendRequest& request, program::HttpTicket ticket);
  void count(const btp::PacketOutcome& outcome) noexcept;
  void on_end(program::HttpTicket ticket, Instant sent, const btp::PacketOutcome& outcome) noexcept;

  Port& port_;
  Connector& connector_;
  bool sends_;
  bool shutting_down_ = false;
  std::size_t active_ = 0;
  PacketCounters counters_;
  Latency latency_;
  Answer answer_;
};

}  // namespace kedge::agent
