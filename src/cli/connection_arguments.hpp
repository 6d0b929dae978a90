#pragma once
// The options that every command takes, on its command line and from the environment.

#include "../program/log_level.hpp"
#include "connection_options.hpp"

#include <chrono>
#include <string_view>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace kedge::cli {

/// Of one command. What a command line says is read into `options`, which nothing else may share: an option
/// of a command that was not named must not speak for the one that was.
class ConnectionArguments {
 public:
  /// What a command says that is not the same in all. Static storage, but for `output`, which is copied.
  struct Words {
    const char* url = "--url";           ///< the option's names
    const char* url_required = "--url";  ///< what must be given
    const char* token_file = "File that holds the token; read again at each attempt (a pipe: once)";
    const char* timeout = "Seconds until the command gives up, 0.001 or more";
    bool timeout_has_default = true;
    const char* retry = "Keep trying when the first connection fails";
    const char* json = "States and errors as JSON lines";
    std::string_view output;  ///< where what it finds goes, in lines
  };

  /// Borrows both. Adds the options, the version, and the footer.
  ConnectionArguments(CLI::App& command, ConnectionOptions& options, std::chrono::seconds default_timeout,
                      const Words& words);
  ConnectionArguments(const ConnectionArguments&) = delete;
  ConnectionArguments& operator=(const ConnectionArguments&) = delete;

  /// Once, for the command that was named: what its command line does not say comes from the environment.
  /// Throws CLI::Error.
  void complete();
  [[nodiscard]] bool timeout_given() const noexcept;

 private:
  ConnectionOptions& options_;
  const char* url_required_;
  program::LogLevelOption log_level_;
  CLI::Option* url_;
  CLI::Option* ca_;
  CLI::Option* timeout_;
  double timeout_s_ = 0;
};

/// Adds what every level of the command line has: its help's footer, with `output` in it, and --version.
void add_common(CLI::App& app, std::string_view output);

/// So many seconds; what is less than a millisecond is cut off.
[[nodiscard]] std::chrono::milliseconds milliseconds(double seconds);

}  // namespace kedge::cli
