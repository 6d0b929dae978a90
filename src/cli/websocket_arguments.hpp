#pragma once
// The command line of `kedge websocket`.

#include "connection_arguments.hpp"
#include "websocket_options.hpp"

namespace kedge::cli {

class WebsocketArguments {
 public:
  /// Adds the command. Borrows `app`.
  explicit WebsocketArguments(CLI::App& app);

  [[nodiscard]] bool named() const noexcept;
  /// Once, when it was named. Throws CLI::Error.
  [[nodiscard]] WebsocketOptions take();

 private:
  CLI::App* websocket_;
  WebsocketOptions options_;
  ConnectionArguments connection_;
  bool basic_ = false;
  bool bearer_ = false;
  double linger_s_ = 0;
};

}  // namespace kedge::cli
