#pragma once
// kedge-hub, all but its command line.

#include "agent_gate/config.hpp"
#include "btp/config.hpp"
#include "btp/peer_tokens.hpp"

#include <kedge/log.hpp>
#include <kedge/port.hpp>
#include <kedge/secret.hpp>

#include <optional>
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

struct BtpOptions {
  btp::Config config;
  btp::PeerTokens tokens;
};

struct HubOptions {
  Address listen;
  std::uint16_t operator_port = 0;
  std::string certificate_file;  ///< empty: plain
  std::string key_file;
  LogLevel log_level = LogLevel::info;
  agent_gate::Config gate;
  std::optional<BtpOptions> btp;  ///< none: the BTP side is off
};

/// Runs until a signal. An empty token: the agent-gate side is off. Writes one line to standard output when
/// it listens, its log to standard error.
[[nodiscard]] HubExit run_hub(HubOptions options, const Secret& token);

}  // namespace kedge::hub
