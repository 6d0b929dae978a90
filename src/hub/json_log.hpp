#pragma once
// The hub's log: a JSON object a line on standard error.

#include <kedge/log.hpp>
#include <kedge/port.hpp>

namespace kedge::hub {

/// Writes {"time":...,"level":...,"event":...,"message":...}; `time` only when the port knows it.
void write_json_log(Port& port, const LogRecord& record) noexcept;

}  // namespace kedge::hub
