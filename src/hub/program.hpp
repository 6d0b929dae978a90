#pragma once
// kedge-hub, all but its command line.

#include "side.hpp"

#include <kedge/log.hpp>
#include <kedge/port.hpp>

#include <cstdint>
#include <string>

namespace kedge::hub {

/// The exit codes of kedge-hub.
enum class HubExit : int {
  ok = 0,             ///< shut down by SIGTERM or SIGINT
  other = 1,          ///< something unexpected; memory ran out
  usage = 2,          ///< the command line, a file it names, a token, certificate or key
  listen = 3,         ///< an address could not be bound
  interrupted = 130,  ///< a second signal before the shutdown was over
};

struct HubOptions {
  Address listen;
  std::uint16_t operator_port = 0;
  std::string certificate_file;  ///< empty: plain
  std::string key_file;
  LogLevel log_level = LogLevel::info;
  Sides sides;  ///< prepared; one at least
};

/// Runs until a signal. Writes one line to standard output when it listens, its log to standard error.
[[nodiscard]] HubExit run_hub(HubOptions options);

}  // namespace kedge::hub
