#include "metrics.hpp"

#include <kedge/version.hpp>

#include <array>
#include <cstdio>
#include <string>

namespace kedge::agent {

namespace {

/// A text that grows by a metric at a time.
class Metrics {
 public:
  void counter(std::string_view name, std::string_view help, std::uint64_t value) {
    head(name, help, "counter");
    sample(name, {}, std::to_string(value));
  }
  void gauge(std::string_view name, std::string_view help, std::uint64_t value) {
    head(name, help, "gauge");
    sample(name, {}, std::to_string(value));
  }
  /// In seconds; NaN when there is none.
  void seconds(std::string_view name, std::string_view help, std::optional<Duration> value) {
    head(name, help, "gauge");
    sample(name, {}, value ? in_seconds(*value) : "NaN");
  }
  /// Nothing at all when it is not known.
  void known(std::string_view name, std::string_view help, const std::optional<std::uint64_t>& value) {
    if (value) gauge(name, help, *value);
  }
  [[nodiscard]] static std::string in_seconds(Duration value) {
    std::array<char, 48> text{};
    const auto us = static_cast<long long>(value.count());
    std::snprintf(text.data(), text.size(), "%lld.%06lld", us / 1'000'000, us % 1'000'000);
    return text.data();
  }
  void head(std::string_view name, std::string_view help, std::string_view type) {
    text_.append("# HELP ").append(name).append(" ").append(help).append("\n");
    text_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
  }
  /// `label` as `name="value"`, or empty.
  void sample(std::string_view name, std::string_view label, std::string_view value) {
    text_.append(name);
    if (!label.empty()) text_.append("{").append(label).append("}");
    text_.append(" ").append(value).append("\n");
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

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
  metrics.counter("kedge_link_started_requests_total", "Packets sent.", link.requests_started);
  metrics.counter("kedge_link_completed_requests_total", "Of those, ended with an answer or an error.",
                  link.requests_completed);
  metrics.counter("kedge_link_timed_out_requests_total", "Of those, ended by their deadline.",
                  link.requests_timed_out);
  metrics.counter("kedge_link_refused_messages_total", "Sends refused at once: no room.",
                  link.messages_refused);
  metrics.counter("kedge_link_expired_messages_total",
                  "Messages that passed their deadline before they were written.", link.messages_expired);
  metrics.gauge("kedge_link_pending_requests", "Packets that wait for their answer.", link.pending);
  metrics.gauge("kedge_link_queued_messages", "Messages that wait to be written.", link.queued);
  metrics.gauge("kedge_link_queued_bytes", "Their bytes.", link.queued_bytes);
}

void add_state(Metrics& metrics, const Snapshot& now) {
  constexpr std::string_view name = "kedge_link_state";
  metrics.head(name, "1 for the state that the link is in, 0 for the others.", "gauge");
  for (int i = 0; i <= static_cast<int>(LinkState::closed); ++i) {
    const auto state = static_cast<LinkState>(i);
    metrics.sample(name, "state=\"" + std::string(to_string(state)) + "\"", state == now.state ? "1" : "0");
  }
}

void add_packets(Metrics& metrics, const PacketCounters& packets) {
  constexpr std::string_view name = "kedge_agent_packets_total";
  metrics.head(name, "Packets that were sent, by how they ended.", "counter");
  metrics.sample(name, R"(outcome="fulfilled")", std::to_string(packets.fulfilled));
  metrics.sample(name, R"(outcome="rejected")", std::to_string(packets.rejected));
  metrics.sample(name, R"(outcome="timed_out")", std::to_string(packets.timed_out));
  metrics.sample(name, R"(outcome="failed")", std::to_string(packets.failed));
}

void add_latency(Metrics& metrics, const Latency& latency) {
  const std::string name = "kedge_agent_packet_seconds";
  metrics.head(name, "From sending a packet to its end.", "histogram");
  std::uint64_t within = 0;
  for (std::size_t i = 0; i < latency.counts().size(); ++i) {
    within += latency.counts()[i];
    const bool bounded = i < Latency::bounds.size();
    const std::string bound = bounded ? Metrics::in_seconds(Latency::bounds[i]) : "+Inf";
    metrics.sample(name + "_bucket", "le=\"" + bound + "\"", std::to_string(within));
  }
  metrics.sample(name + "_sum", {}, Metrics::in_seconds(latency.sum()));
  metrics.sample(name + "_count", {}, std::to_string(within));
}

// A clock that does not know the time knows nothing of its end.
void add_expiry(Metrics& metrics, std::string_view name, std::string_view help,
                const std::optional<WallTime>& expires, const std::optional<WallTime>& now) {
  if (!expires || !now) return;
  metrics.head(name, help, "gauge");
  metrics.sample(name, {}, std::to_string(std::chrono::floor<std::chrono::seconds>(*expires - *now).count()));
}

void add_certificates(Metrics& metrics, const Snapshot& now) {
  add_expiry(metrics, "kedge_tls_peer_certificate_expiry_seconds",
             "Until the connector's certificate expires; negative: since then.", now.peer_certificate_expires,
             now.time);
  add_expiry(metrics, "kedge_tls_client_certificate_expiry_seconds",
             "Until our own certificate expires; negative: since then.", now.client_certificate_expires,
             now.time);
}

// Under the names that Prometheus's own libraries give them.
void add_process(Metrics& metrics, const Snapshot& now, const program::ProcessUsage& process) {
  if (process.cpu) {
    metrics.head("process_cpu_seconds_total", "User and system time.", "counter");
    metrics.sample("process_cpu_seconds_total", {}, Metrics::in_seconds(*process.cpu));
  }
  metrics.known("process_resident_memory_bytes", "Memory that is in use.", process.resident_bytes);
  metrics.known("process_virtual_memory_bytes", "Address space.", process.virtual_bytes);
  metrics.known("process_open_fds", "Descriptors that are open.", process.open_descriptors);
  metrics.known("process_max_fds", "Most that may be.", process.descriptors_max);
  if (now.started) {
    metrics.seconds("process_start_time_seconds", "Since 1970.", now.started->time_since_epoch());
  }
}

void add_http(Metrics& metrics, const Snapshot& now) {
  metrics.gauge("kedge_http_open_connections", "Connections to the HTTP API.", now.http_connections);
  metrics.counter("kedge_http_connections_total", "Connections that were ever made to it.",
                  now.http.connections);
  metrics.counter("kedge_http_cut_connections_total", "Of those, closed for being too slow or too many.",
                  now.http.connections_cut);
  constexpr std::string_view name = "kedge_http_answers_total";
  metrics.head(name, "Answers of the HTTP API by class of status.", "counter");
  for (const int status : {200, 400, 500}) {
    const std::string label = "class=\"" + std::to_string(status / 100) + "xx\"";
    metrics.sample(name, label, std::to_string(now.http.answers_of(status)));
  }
}

}  // namespace

HttpAnswer metrics_answer(const Snapshot& now, const program::ProcessUsage& process) {
  Metrics metrics;
  metrics.head("kedge_agent_info", "The daemon's version.", "gauge");
  metrics.sample("kedge_agent_info", "version=\"" KEDGE_VERSION "\"", "1");
  metrics.seconds("kedge_agent_uptime_seconds", "Since the start.", now.uptime);
  metrics.gauge("kedge_agent_active_sessions", "Requests that wait for the end of their packet.", now.active);
  metrics.gauge("kedge_agent_btp_connected", "Whether packets can be sent.", now.connected() ? 1 : 0);
  add_packets(metrics, now.packets);
  add_latency(metrics, now.latency);
  add_state(metrics, now);
  add_traffic(metrics, now.link);
  add_requests(metrics, now.link);
  add_certificates(metrics, now);
  add_http(metrics, now);
  add_process(metrics, now, process);
  return {200, metrics.take(), {}, "text/plain; version=0.0.4; charset=utf-8"};
}

}  // namespace kedge::agent
