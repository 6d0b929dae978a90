#include "metrics.hpp"

#include <array>
#include <chrono>
#include <cstdio>

namespace kedge::program {

namespace {

// A statistic that nobody tells would be missed by nobody.
static_assert(sizeof(Statistics) == 19 * sizeof(std::uint64_t) + sizeof(std::optional<Duration>) + 16);

void add_traffic(Metrics& metrics, const Statistics& link) {
  metrics.counter("kedge_link_attempts_total", "Connections that were tried.", link.attempts);
  metrics.counter("kedge_link_connects_total", "Times that the link was ready.", link.connects);
  metrics.counter("kedge_link_received_messages_total", "WebSocket messages received.", link.messages_in);
  metrics.counter("kedge_link_sent_messages_total", "WebSocket messages sent.", link.messages_out);
  metrics.counter("kedge_link_received_message_bytes_total", "Payload of those received.",
                  link.message_bytes_in);
  metrics.counter("kedge_link_sent_message_bytes_total", "Payload of those sent.", link.message_bytes_out);
  metrics.counter("kedge_link_received_stream_bytes_total", "Bytes read from the stream, below TLS if any.",
                  link.stream_bytes_in);
  metrics.counter("kedge_link_sent_stream_bytes_total", "Bytes written to it.", link.stream_bytes_out);
  metrics.counter("kedge_link_stream_reads_total", "Calls of the stream's read.", link.reads);
  metrics.counter("kedge_link_stream_writes_total", "Calls of the stream's write.", link.writes);
  metrics.counter("kedge_link_sent_pings_total", "Pings sent.", link.pings_sent);
  metrics.counter("kedge_link_received_pongs_total", "Pongs received.", link.pongs_received);
  metrics.seconds("kedge_link_round_trip_seconds", "Of the last ping; NaN before the first.",
                  link.round_trip);
}

void add_requests(Metrics& metrics, const Statistics& link) {
  metrics.counter("kedge_link_discarded_messages_total", "Messages received that were too large.",
                  link.discarded_messages);
  metrics.counter("kedge_link_protocol_errors_total",
                  "Messages received that could not be decoded or matched.", link.protocol_errors);
  metrics.counter("kedge_link_started_requests_total", "Requests sent.", link.requests_started);
  metrics.counter("kedge_link_completed_requests_total", "Of those, ended with an answer or an error.",
                  link.requests_completed);
  metrics.counter("kedge_link_timed_out_requests_total", "Of those, ended by their deadline.",
                  link.requests_timed_out);
  metrics.counter("kedge_link_refused_messages_total", "Sends refused at once: no room.",
                  link.messages_refused);
  metrics.counter("kedge_link_expired_messages_total",
                  "Messages that passed their deadline before they were written.", link.messages_expired);
  metrics.gauge("kedge_link_pending_requests", "Requests that wait for their answer.", link.pending);
  metrics.gauge("kedge_link_queued_messages", "Messages that wait to be written.", link.queued);
  metrics.gauge("kedge_link_queued_bytes", "Their bytes.", link.queued_bytes);
}

void add_state(Metrics& metrics, LinkState now) {
  constexpr std::string_view name = "kedge_link_state";
  metrics.head(name, "1 for the state that the link is in, 0 for the others.", "gauge");
  for (int i = 0; i <= static_cast<int>(LinkState::closed); ++i) {
    const auto state = static_cast<LinkState>(i);
    metrics.sample(name, "state=\"" + std::string(to_string(state)) + "\"", state == now ? "1" : "0");
  }
}

// A clock that does not know the time knows nothing of its end.
void add_expiry(Metrics& metrics, std::string_view name, std::string_view help,
                const std::optional<WallTime>& expires, const std::optional<WallTime>& now) {
  if (!expires || !now) return;
  metrics.head(name, help, "gauge");
  metrics.sample(name, {}, std::to_string(std::chrono::floor<std::chrono::seconds>(*expires - *now).count()));
}

}  // namespace

std::string Metrics::in_seconds(Duration value) {
  std::array<char, 48> text{};
  const auto us = static_cast<long long>(value.count());
  std::snprintf(text.data(), text.size(), "%lld.%06lld", us / 1'000'000, us % 1'000'000);
  return text.data();
}

void add_line(Metrics& metrics, LinkState state, const Statistics& line) {
  add_state(metrics, state);
  add_traffic(metrics, line);
  add_requests(metrics, line);
}

void add_certificates(Metrics& metrics, std::optional<WallTime> peer_expires,
                      std::optional<WallTime> client_expires, std::optional<WallTime> now) {
  add_expiry(metrics, "kedge_tls_peer_certificate_expiry_seconds",
             "Until the server's certificate expires; negative: since then.", peer_expires, now);
  add_expiry(metrics, "kedge_tls_client_certificate_expiry_seconds",
             "Until our own certificate expires; negative: since then.", client_expires, now);
}

void add_process(Metrics& metrics, std::optional<WallTime> started, const ProcessUsage& process) {
  if (process.cpu) {
    metrics.head("process_cpu_seconds_total", "User and system time.", "counter");
    metrics.sample("process_cpu_seconds_total", {}, Metrics::in_seconds(*process.cpu));
  }
  metrics.known("process_resident_memory_bytes", "Memory that is in use.", process.resident_bytes);
  metrics.known("process_virtual_memory_bytes", "Address space.", process.virtual_bytes);
  metrics.known("process_open_fds", "Descriptors that are open.", process.open_descriptors);
  metrics.known("process_max_fds", "Most that may be.", process.descriptors_max);
  if (started) {
    metrics.seconds("process_start_time_seconds", "Since 1970.", started->time_since_epoch());
  }
}

}  // namespace kedge::program
