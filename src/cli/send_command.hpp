#pragma once
// kedge btp send: one packet, one connection, one answer.

#include "command_run.hpp"

#include <kedge/btp.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace kedge::cli {

struct SendOptions : ConnectionOptions {
  std::string to;
  std::uint64_t amount = 0;
  std::string data;                      ///< bytes
  std::string data_file;                 ///< where they come from; "-": standard input; empty: from `data`
  std::optional<std::string> condition;  ///< 32 bytes; none: SHA-256(SHA-256(data))
  std::string peer_id{btp::default_peer_id};
  btp::Dialect dialect = btp::Dialect::crosstown;
};

/// Runs the command to its end and prints the answer; a REJECT ends it with `remote`.
ExitCode run_send_command(const SendOptions& options);

}  // namespace kedge::cli
