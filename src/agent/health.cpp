#include "health.hpp"

#include "../program/printable.hpp"
#include "../program/string_sink.hpp"
#include "../program/timestamp.hpp"

#include <kedge/json_writer.hpp>
#include <kedge/version.hpp>

#include <array>
#include <cstdio>

namespace kedge::agent {

namespace {

void write_milliseconds(json::Writer& writer, std::string_view name, std::optional<Duration> duration) {
  writer.key(name);
  if (!duration) {
    writer.null();
    return;
  }
  std::array<char, 32> text{};
  const auto us = static_cast<long long>(duration->count());
  const int size = std::snprintf(text.data(), text.size(), "%lld.%03lld", us / 1000, us % 1000);
  writer.raw({text.data(), static_cast<std::size_t>(size)});
}

}  // namespace

HttpAnswer health_answer(const Snapshot& now) {
  program::StringSink sink;
  json::Writer writer(sink);
  writer.begin_object();
  writer.member("status", now.healthy() ? "healthy" : "degraded");
  writer.member("nodeId", now.node_id).member("activeSessions", now.active);
  writer.member("btpConnected", now.connected());
  if (now.time) writer.member("timestamp", program::rfc3339(*now.time).text());
  writer.member("uptimeSeconds", std::chrono::duration_cast<std::chrono::seconds>(now.uptime).count());
  writer.member("version", KEDGE_VERSION);
  writer.key("link").begin_object();
  writer.member("state", now.sends ? to_string(now.state) : "off");
  writer.member("attempts", now.link.attempts).member("connects", now.link.connects);
  if (now.last_error) {
    program::write_text(writer, "lastError", now.last_error.message());
    writer.member("lastErrorKind", to_string(now.last_error.kind()));
  } else {
    writer.key("lastError").null().key("lastErrorKind").null();
  }
  write_milliseconds(writer, "roundTripMs", now.link.round_trip);
  writer.member("pending", now.link.pending).member("queueDepth", now.link.queued);
  writer.member("queuedBytes", now.link.queued_bytes).end_object().end_object();
  return {200, sink.take()};
}

HttpAnswer ready_answer(const Snapshot& now) {
  if (now.shutting_down) return error_answer(503, "shutting down");
  if (!now.healthy()) {
    std::string why = "the line is " + std::string(to_string(now.state));
    if (now.last_error) why.append(": ").append(now.last_error.message());
    return error_answer(503, why);
  }
  program::StringSink sink;
  json::Writer writer(sink);
  writer.begin_object().member("status", "ready");
  writer.member("link", now.sends ? to_string(now.state) : "off").end_object();
  return {200, sink.take()};
}

}  // namespace kedge::agent
