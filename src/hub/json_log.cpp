#include "json_log.hpp"

#include "agent_gate/results.hpp"

#include <kedge/json_writer.hpp>

#include <array>
#include <cstdio>

namespace kedge::hub {

void write_json_log(Port& port, const LogRecord& record) noexcept {
  std::array<char, 2048> line;
  BufferSink sink{std::span<char>(line)};
  json::Writer writer(sink);
  writer.begin_object();
  if (const auto now = port.wall_time()) writer.member("time", agent_gate::rfc3339(*now).text());
  writer.member("level", to_string(record.level)).member("event", record.event);
  if (!record.peer.empty()) writer.member("peer", record.peer);
  // A tool's name of a megabyte is not worth a line of a megabyte; one that is not UTF-8 gets none.
  writer.member("message", record.message.substr(0, record.message.size() > 1024 ? 0 : 1024)).end_object();
  if (!writer.finish()) return;
  std::fprintf(stderr, "%.*s\n", static_cast<int>(sink.size()), sink.text().data());
}

}  // namespace kedge::hub
