#include "reporter.hpp"

#include "../program/printable.hpp"
#include "../program/string_sink.hpp"

#include <kedge/json.hpp>

#include <array>
#include <cstdio>

namespace kedge::cli {

namespace {

using program::printable;
using program::StringSink;
using program::write_text;

// The deepest JSON of a server's that is printed as JSON: a row and a line of ours are around it, and a
// writer nests 255 deep.
constexpr std::uint8_t depth_max = 253;

// JSON text of the server's, as JSON where it is; absent where it is empty.
void write_json(json::Writer& writer, std::string_view name, std::string_view text) {
  if (text.empty()) return;
  if (json::parse(text, depth_max)) {
    writer.key(name).raw(text);
  } else {
    write_text(writer, name, text);
  }
}

void write_error(json::Writer& writer, const Error& error) {
  writer.key("error").begin_object();
  writer.member("kind", to_string(error.kind())).member("layer", to_string(error.layer()));
  writer.member("layer_code", error.layer_code()).member("code", error.code());
  write_text(writer, "message", error.message());
  if (error.retry_after().count() > 0) writer.member("retry_after_s", error.retry_after().count());
  writer.end_object();
}

// "denied: Denied by policy (protocol -32003)"
std::string words(const Error& error) {
  std::string text(to_string(error.kind()));
  text.append(": ").append(printable(error.message()));
  if (error.layer() != Layer::none) {
    text.append(" (").append(to_string(error.layer()));
    if (error.layer_code() != 0) text.append(" ").append(std::to_string(error.layer_code()));
    text.append(")");
  }
  if (error.retry_after().count() > 0) {
    text.append(", try again after ").append(std::to_string(error.retry_after().count())).append(" s");
  }
  return text;
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
  Line(const Reporter& reporter, std::string_view event) : writer_(sink_) {
    writer_.begin_object().key("time_s").raw(format_seconds(reporter.seconds())).member("event", event);
  }
  [[nodiscard]] json::Writer& json() { return writer_; }
  void print() {
    writer_.end_object();
    if (writer_.finish()) std::fprintf(stderr, "%s\n", sink_.text().c_str());
  }

 private:
  StringSink sink_;
  json::Writer writer_;
};

Reporter::Reporter(bool json) : json_(json), started_(std::chrono::steady_clock::now()) {}

double Reporter::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
}

void Reporter::say(std::string_view text) const {
  std::fprintf(stderr, "%9.3f s  %.*s\n", seconds(), static_cast<int>(text.size()), text.data());
}

void Reporter::state(LinkState state, const Error& error) {
  if (json_) {
    Line line(*this, "state");
    line.json().member("state", to_string(state));
    if (error) write_error(line.json(), error);
    return line.print();
  }
  std::string text(to_string(state));
  if (error) text.append(": ").append(words(error));
  say(text);
}

void Reporter::error(const Error& error) {
  if (!json_) return say(std::string("error: ").append(words(error)));
  Line line(*this, "error");
  write_error(line.json(), error);
  line.print();
}

void Reporter::log(const LogRecord& record) {
  // States are told by state(), which knows the whole error.
  if (record.level == LogLevel::debug || is_state_name(record.event)) return;
  if (!json_) return say(printable(record.event).append(": ").append(printable(record.message)));
  Line line(*this, "log");
  line.json().member("level", to_string(record.level));
  write_text(line.json(), "name", record.event);
  write_text(line.json(), "message", record.message);
  line.print();
}

void Reporter::unclaimed(const agent_gate::ResultRow& row) {
  const std::string text = row_as_json(row);
  if (!json_) return say(std::string("a result of an earlier request: ").append(printable(text)));
  Line line(*this, "unclaimed");
  line.json().key("row").raw(text);
  line.print();
}

Result<void> Reporter::result(std::string_view json) {
  std::fwrite(json.data(), 1, json.size(), stdout);
  std::fputc('\n', stdout);
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return {};
  return Error(ErrorKind::closed, Layer::system, 0, "the result could not be written to standard output");
}

std::string row_as_json(const agent_gate::ResultRow& row) {
  StringSink sink;
  json::Writer writer(sink);
  writer.begin_object();
  write_text(writer, "request_id", row.request_id);
  write_text(writer, "tool", row.tool);
  write_json(writer, "args", row.args);
  if (!row.status.empty()) write_text(writer, "status", row.status);
  write_json(writer, "result", row.result);
  if (row.too_large) writer.member("too_large", true).member("bytes", row.bytes);
  writer.end_object();
  const bool complete = writer.finish().ok();
  std::string text = sink.take();
  return complete ? text : std::string("{}");
}

}  // namespace kedge::cli
