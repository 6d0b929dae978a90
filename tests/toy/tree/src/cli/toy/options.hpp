#pragma once
// What `kedge toy ask` is asked to ask.

#include "../connection_options.hpp"

#include <chrono>
#include <string>

namespace kedge::cli::toy {

struct Options : ConnectionOptions {
  static constexpr std::chrono::seconds default_timeout{30};

  std::string text;
};

}  // namespace kedge::cli::toy
