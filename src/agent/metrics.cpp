#include "metrics.hpp"

#include "../program/daemon/metrics.hpp"

#include <kedge/version.hpp>

#include <string>

namespace kedge::agent {

using program::Metrics;

namespace {

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
  program::add_line(metrics, now.state, now.link);
  program::add_certificates(metrics, now.peer_certificate_expires, now.client_certificate_expires, now.time);
  add_http(metrics, now);
  program::add_process(metrics, now.started, process);
  return {200, metrics.take(), {}, "text/plain; version=0.0.4; charset=utf-8"};
}

}  // namespace kedge::agent
