#include "row_json.hpp"

#include "../../program/printable.hpp"
#include "../../program/string_sink.hpp"

#include <kedge/json.hpp>

namespace kedge::cli::agent_gate {

namespace {

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

}  // namespace

std::string row_as_json(const kedge::agent_gate::ResultRow& row) {
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

std::optional<std::uint64_t> too_large_bytes(std::string_view row) {
  const auto parsed = json::parse(row, depth_max + 1);
  if (!parsed) return std::nullopt;
  const auto too_large = parsed->find("too_large").as_bool();
  if (!too_large || !*too_large) return std::nullopt;
  const auto bytes = parsed->find("bytes").as_uint64();
  return bytes ? *bytes : 0;
}

}  // namespace kedge::cli::agent_gate
