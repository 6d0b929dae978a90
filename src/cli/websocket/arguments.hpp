#pragma once
// The command line of `kedge websocket`.

#include "../connection_arguments.hpp"
#include "options.hpp"

namespace kedge::cli::websocket {

class Arguments {
 public:
  /// Adds its options to `command`, which is borrowed. It has an output of its own.
  Arguments(CLI::App& command, std::string_view);

  /// Once, when it was named. Throws CLI::Error.
  [[nodiscard]] Options take();

 private:
  Options options_;
  ConnectionArguments connection_;
  bool basic_ = false;
  bool bearer_ = false;
  double linger_s_ = 0;
};

}  // namespace kedge::cli::websocket
