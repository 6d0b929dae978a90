#pragma once
// The options that every command takes, on its command line and from the environment.

#include "../program/log_level.hpp"
#include "connection_options.hpp"

#include <chrono>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace kedge::cli {

/// Of one command. What a command line says is read into `options`, which nothing else may share: an option
/// of a command that was not named must not speak for the one that was.
class ConnectionArguments {
 public:
  /// Borrows both. Adds the options, the version, and the footer.
  ConnectionArguments(CLI::App& command, ConnectionOptions& options, std::chrono::seconds default_timeout);
  ConnectionArguments(const ConnectionArguments&) = delete;
  ConnectionArguments& operator=(const ConnectionArguments&) = delete;

  /// Once, for the command that was named: what its command line does not say comes from the environment.
  /// Throws CLI::Error.
  void complete();

 private:
  ConnectionOptions& options_;
  program::LogLevelOption log_level_;
  CLI::Option* url_;
  CLI::Option* ca_;
  CLI::Option* timeout_;
  double timeout_s_ = 0;
};

/// Adds what every level of the command line has: its help's footer, and --version.
void add_common(CLI::App& app);

/// So many seconds; what is less than a millisecond is cut off.
[[nodiscard]] std::chrono::milliseconds milliseconds(double seconds);

}  // namespace kedge::cli
