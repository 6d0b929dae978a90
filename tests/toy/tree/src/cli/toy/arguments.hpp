#pragma once
// The command line of `kedge toy ask`.

#include "../connection_arguments.hpp"
#include "options.hpp"

#include <string_view>

namespace kedge::cli::toy {

class Arguments {
 public:
  /// Adds `ask` to `toy`, which is borrowed. `output`: of ConnectionArguments::Words.
  Arguments(CLI::App& toy, std::string_view output);

  /// Once, when it was named. Throws CLI::Error.
  [[nodiscard]] Options take();

 private:
  CLI::App* ask_;
  Options options_;
  ConnectionArguments connection_;
};

}  // namespace kedge::cli::toy
