#pragma once
// The command line of `kedge btp send`.

#include "../connection_arguments.hpp"
#include "options.hpp"

#include <string>
#include <string_view>

namespace kedge::cli::btp {

class Arguments {
 public:
  /// Adds `send` to `btp`, which is borrowed. `output`: of ConnectionArguments::Words.
  Arguments(CLI::App& btp, std::string_view output);

  /// Once, when it was named. Throws CLI::Error.
  [[nodiscard]] Options take();

 private:
  CLI::App* send_;
  Options options_;
  ConnectionArguments connection_;
  std::string amount_;
  std::string data_;
  std::string condition_;
  std::string dialect_{to_string(kedge::btp::Dialect::crosstown)};
};

}  // namespace kedge::cli::btp
