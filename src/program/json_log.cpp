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
  if (least_ == LogLevel::debug) return write(record);
  if (record.level < least_) return;
  const RepeatFilter::Verdict verdict = filter_.judge(record, port_.now());
  if (verdict.tell) write(record, verdict.untold);
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

void JsonLog::write(const LogRecord& record, std::uint64_t repeated) noexcept {
  if (record.level < least_) return;
  std::string_view message = beginning(record.message, message_bytes_max);
  std::string line = line_of(record, message, repeated);
  // An escape takes six bytes.
  while (line.size() > LogDescriptor::line_bytes_max) {
    message = beginning(message, message.size() / 2);
    line = line_of(record, message, repeated);
  }
  lost_ = descriptor_.write(line) ? 0 : lost_ + 1;
}

}  // namespace kedge::program
