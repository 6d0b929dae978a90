#pragma once
// A program's log: a JSON object a line on standard error.

#include <kedge/log.hpp>
#include <kedge/port.hpp>

namespace kedge::program {

/// Writes {"time":...,"level":...,"event":...,"message":...}; `time` only when the port knows it. A message
/// of more than 1024 bytes is cut; in one that is not UTF-8 each byte beyond ASCII is a '?'.
void write_json_log(Port& port, const LogRecord& record) noexcept;

}  // namespace kedge::program
