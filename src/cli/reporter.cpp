#include "reporter.hpp"

#include "../program/journal.hpp"
#include "../program/printable.hpp"
#include "../program/string_sink.hpp"
#include "../program/whole_write.hpp"

#include <kedge/json_writer.hpp>

#include <unistd.h>

#include <array>
#include <cstdio>

namespace kedge::cli {

namespace {

using program::printable;
using program::printable_json;
using program::StringSink;
using program::write_text;

void write_error(json::Writer& writer, const Error& error, std::string_view advice = {}) {
  writer.key("error").begin_object();
  writer.member("kind", to_string(error.kind())).member("layer", to_string(error.layer()));
  writer.member("layer_code", error.layer_code()).member("code", error.code());
  write_text(writer, "message", std::string(error.message()).append(advice));
  if (error.retry_after().count() > 0) writer.member("retry_after_s", error.retry_after().count());
  if (error.may_have_run()) writer.member("may_have_run", true);
  writer.end_object();
}

// What ended though its result had come: that could not be written, or nobody read it in time.
bool has_result(const Error& error) {
  const bool unwritten = error.kind() == ErrorKind::closed || error.kind() == ErrorKind::cancelled;
  return unwritten && error.layer() == Layer::system;
}

// "denied: Denied by policy (protocol -32003)"
std::string words(const Error& error, std::string_view advice = {}) {
  std::string text(to_string(error.kind()));
  text.append(": ").append(printable(error.message())).append(printable(advice));
  if (error.layer() != Layer::none) {
    text.append(" (").append(to_string(error.layer()));
    if (error.layer_code() != 0) text.append(" ").append(std::to_string(error.layer_code()));
    text.append(")");
  }
  if (error.retry_after().count() > 0) {
    text.append(", try again after ").append(std::to_string(error.retry_after().count())).append(" s");
  }
  // The library's own words may say so already; and what ended with its result at hand has run.
  const bool told = error.message().find("outcome is unknown") != std::string_view::npos;
  if (error.may_have_run() && !told && !has_result(error))
    text.append("; its outcome is unknown: it may have run");
  return text;
}

// " (4 more like it before)"
std::string count_of(std::uint64_t repeated) {
  if (repeated == 0) return {};
  return std::string(" (").append(std::to_string(repeated)).append(" more like it before)");
}

std::string format_seconds(double seconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f", seconds);
  return text.data();
}

bool is_state_name(std::string_view event) {
  for (const LinkState state :
       {LinkState::idle, LinkState::connecting, LinkState::authenticating, LinkState::ready,
        LinkState::waiting, LinkState::closing, LinkState::closed}) {
    if (event == to_string(state)) return true;
  }
  return false;
}

}  // namespace

/// One line on standard error: begun with its time, printed whole when it is complete.
class Reporter::Line {
 public:
  Line(Reporter& reporter, LogLevel level, std::string_view event)
      : reporter_(reporter), level_(level), writer_(sink_) {
    writer_.begin_object().key("time_s").raw(format_seconds(reporter.seconds())).member("event", event);
  }
  [[nodiscard]] json::Writer& json() { return writer_; }
  void print() {
    writer_.end_object();
    if (writer_.finish()) reporter_.put(level_, printable_json(sink_.text()));
  }

 private:
  Reporter& reporter_;
  LogLevel level_;
  StringSink sink_;
  json::Writer writer_;
};

Reporter::Reporter(Style style)
    : style_(style),
      journal_(program::is_journal(STDERR_FILENO)),
      waiting_(!style.json && style.least <= LogLevel::info && ::isatty(STDERR_FILENO) == 1 ? stderr
                                                                                            : nullptr),
      started_(std::chrono::steady_clock::now()) {}

double Reporter::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
}

void Reporter::say(LogLevel level, std::string_view text) {
  std::array<char, 32> time{};
  std::snprintf(time.data(), time.size(), "%9.3f s  ", seconds());
  put(level, std::string(time.data()).append(text));
}

void Reporter::put(LogLevel level, std::string_view line) {
  waiting_.clear();
  // One call: lines of several commands with one standard error stay whole.
  const std::string_view priority = journal_ ? program::journal_priority(level) : "";
  std::fprintf(stderr, "%s%.*s\n", priority.data(), static_cast<int>(line.size()), line.data());
}

void Reporter::waiting(std::string_view what, std::chrono::seconds since) {
  waiting_.draw(std::string(what).append(", ").append(std::to_string(since.count())).append(" s"));
}

std::optional<std::uint64_t> Reporter::repeats(const LogRecord& record) {
  if (style_.least == LogLevel::debug) return 0;
  if (record.level == LogLevel::debug) return std::nullopt;
  const auto since = std::chrono::steady_clock::now() - started_;
  // Those that are not told, too: without the states no outage would ever end.
  const auto verdict = filter_.judge(record, Instant(std::chrono::duration_cast<Duration>(since)));
  return verdict.tell && tells(record.level) ? std::optional(verdict.untold) : std::nullopt;
}

void Reporter::state(LinkState state, const Error& error) {
  const LogLevel level = error ? LogLevel::warning : LogLevel::info;
  const auto repeated = repeats({level, to_string(state), {}, error.message()});
  if (!repeated) return;
  if (style_.json) {
    Line line(*this, level, "state");
    line.json().member("state", to_string(state));
    if (error) write_error(line.json(), error);
    if (*repeated > 0) line.json().member("repeated", *repeated);
    return line.print();
  }
  std::string text(to_string(state));
  if (error) text.append(": ").append(words(error));
  say(level, text.append(count_of(*repeated)));
}

void Reporter::error(const Error& error, std::string_view advice, std::string_view fetch) {
  if (!style_.json) {
    say(LogLevel::error, std::string("error: ").append(words(error, advice)));
    if (!fetch.empty()) {
      const std::string_view what = has_result(error) ? "the result: " : "a result that comes later: ";
      say(LogLevel::error, std::string(what).append(printable(fetch)));
    }
    return;
  }
  Line line(*this, LogLevel::error, "error");
  write_error(line.json(), error, advice);
  if (!fetch.empty()) write_text(line.json(), "fetch", fetch);
  line.print();
}

void Reporter::unprinted(std::string_view json) {
  if (!style_.json) return say(LogLevel::error, std::string("the answer: ").append(printable_json(json)));
  Line line(*this, LogLevel::error, "unprinted");
  line.json().key("answer").raw(json);
  line.print();
}

void Reporter::say_as(LogLevel level, std::string_view event, std::string_view text,
                      std::optional<std::size_t> count) {
  Line line(*this, level, event);
  write_text(line.json(), "message", text);
  if (count) line.json().member("count", std::uint64_t{*count});
  line.print();
}

void Reporter::warning(std::string_view text) {
  if (style_.json) return say_as(LogLevel::warning, "warning", text);
  say(LogLevel::warning, std::string("warning: ").append(printable(text)));
}

void Reporter::note(std::string_view text, std::optional<std::size_t> count) {
  if (!tells(LogLevel::info)) return;
  if (style_.json) return say_as(LogLevel::info, "note", text, count);
  say(LogLevel::info, printable(text));
}

void Reporter::log(const LogRecord& record) {
  // States are told by state(), which knows the whole error.
  if (is_state_name(record.event)) return;
  const auto repeated = repeats(record);
  if (!repeated) return;
  if (!style_.json) {
    const std::string text = printable(record.event).append(": ").append(printable(record.message));
    return say(record.level, text + count_of(*repeated));
  }
  Line line(*this, record.level, "log");
  line.json().member("level", to_string(record.level));
  write_text(line.json(), "name", record.event);
  if (!record.peer.empty()) write_text(line.json(), "peer", record.peer);
  write_text(line.json(), "message", record.message);
  if (*repeated > 0) line.json().member("repeated", *repeated);
  line.print();
}

void Reporter::unclaimed(std::string_view row, Owner owner) {
  const bool own = owner == Owner::this_call;
  if (!style_.json) {
    const std::string_view what = own ? "the result of this call: " : "a result of an earlier request: ";
    return say(LogLevel::warning, std::string(what).append(printable_json(row)));
  }
  Line line(*this, LogLevel::warning, "unclaimed");
  if (own) line.json().member("own", true);
  line.json().key("row").raw(row);
  line.print();
}

Result<void> Reporter::result(std::string_view json) {
  waiting_.clear();
  const Error error = program::write_whole(STDOUT_FILENO, printable_json(json).append("\n")).error();
  if (!error) return {};
  const bool interrupted = error.kind() == ErrorKind::cancelled;
  return Error(error.kind(), error.layer(), 0,
               interrupted ? "interrupted before the result was read from standard output"
                           : "the result could not be written to standard output");
}

std::string error_as_json(const Error& error, std::string_view advice) {
  StringSink sink;
  json::Writer writer(sink);
  writer.begin_object().key("time_s").raw(format_seconds(0)).member("event", "error");
  write_error(writer, error, advice);
  writer.end_object();
  return writer.finish() ? printable_json(sink.text()) : std::string();
}

}  // namespace kedge::cli
