#include "json_log.hpp"

#include "journal.hpp"
#include "printable.hpp"
#include "string_sink.hpp"
#include "timestamp.hpp"

#include <kedge/json_writer.hpp>

#include <string>

namespace kedge::program {

namespace {

// A tool's name of a megabyte is not worth a line of a megabyte.
constexpr std::size_t message_bytes_max = 1024;
constexpr std::size_t peer_bytes_max = 300;

}  // namespace

JsonLog::JsonLog(Port& port, LogLevel least, int descriptor) noexcept
    : port_(port), least_(least), journal_(is_journal(descriptor)), descriptor_(descriptor) {}

void JsonLog::write_rarely(const LogRecord& record) noexcept {
  if (least_ == LogLevel::debug) return (void)write(record, 0);
  if (record.level < LogLevel::info) return;
  const Instant now = port_.now();
  // Those that are not told, too: without the states no outage would ever end.
  const RepeatFilter::Verdict verdict = filter_.judge(record, now);
  if (!verdict.tell || record.level < least_) return;
  if (!write(record, verdict.untold)) filter_.was_lost(record, verdict, now);
}

std::string JsonLog::line_of(const LogRecord& record, std::string_view message,
                             std::uint64_t repeated) const {
  StringSink sink;
  json::Writer writer(sink);
  writer.begin_object();
  if (const auto now = port_.wall_time()) writer.member("time", rfc3339(*now).text());
  writer.member("level", to_string(record.level));
  write_text(writer, "event", record.event);
  if (!record.peer.empty()) write_text(writer, "peer", beginning(record.peer, peer_bytes_max));
  write_text(writer, "message", message);
  if (repeated > 0) writer.member("repeated", repeated);
  if (lost_ > 0) writer.member("lost", lost_);
  writer.end_object();
  return std::string(journal_ ? journal_priority(record.level) : "").append(sink.text()).append("\n");
}

bool JsonLog::write(const LogRecord& record, std::uint64_t repeated) noexcept {
  if (record.level < least_) return true;
  std::string_view message = beginning(record.message, message_bytes_max);
  std::string line = line_of(record, message, repeated);
  // An escape takes six bytes.
  while (line.size() > LogDescriptor::line_bytes_max) {
    message = beginning(message, message.size() / 2);
    line = line_of(record, message, repeated);
  }
  const bool through = descriptor_.write(line);
  lost_ = through ? 0 : lost_ + 1;
  return through;
}

}  // namespace kedge::program
