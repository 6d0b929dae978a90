#pragma once
// What the exit codes of kedge mean; the README's table says the same.

#include <kedge/error.hpp>

namespace kedge::cli {

enum class ExitCode : int {
  ok = 0,
  other = 1,           ///< cancelled, closed, queue full, out of memory
  usage = 2,           ///< the command line or the configuration
  connection = 3,      ///< name resolution, TCP, TLS, upgrade, a lost line
  authentication = 4,  ///< the server refused the credential
  denied = 5,          ///< the server, or a human, refused the request
  timeout = 6,         ///< no answer within --timeout, or an approval that timed out
  remote = 7,          ///< the server answered with an error, or a packet was rejected
  protocol = 8,        ///< the server broke its protocol, or a message was too large
  interrupted = 130,   ///< SIGINT or SIGTERM
};

/// The exit code for an error. A timeout of a connection's own stages (anything below the protocol) counts as
/// connection.
[[nodiscard]] ExitCode exit_code_for(const Error& error) noexcept;

}  // namespace kedge::cli
