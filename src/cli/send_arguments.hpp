#pragma once
// The command line of `kedge btp send`.

#include "connection_arguments.hpp"
#include "send_options.hpp"

#include <string>

namespace kedge::cli {

class SendArguments {
 public:
  /// Adds `btp` with its command. Borrows `app`.
  explicit SendArguments(CLI::App& app);

  [[nodiscard]] bool named() const noexcept;
  /// Once, when it was named. Throws CLI::Error.
  [[nodiscard]] SendOptions take();

 private:
  CLI::App* send_;
  SendOptions options_;
  ConnectionArguments connection_;
  std::string amount_;
  std::string data_;
  std::string condition_;
  std::string dialect_{to_string(btp::Dialect::crosstown)};
};

}  // namespace kedge::cli
