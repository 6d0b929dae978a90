#pragma once
// How much a program tells: --log-level, or the environment's KEDGE_LOG_LEVEL.

#include <kedge/log.hpp>

#include <string>

namespace CLI {
class App;
}

namespace kedge::program {

/// The option of a command line. The command line wins over the environment.
class LogLevelOption {
 public:
  void add_to(CLI::App& command);
  /// After the command line was read; `info` unless another is asked for. Throws CLI::ValidationError when
  /// the environment's is none.
  [[nodiscard]] LogLevel level() const;

 private:
  std::string text_;
};

}  // namespace kedge::program
