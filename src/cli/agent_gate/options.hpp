#pragma once
// What `kedge agent-gate` is asked to do.

#include "../connection_options.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace kedge::cli::agent_gate {

/// What is wrong with arguments that are an empty text: a producer that died would run a tool otherwise.
inline constexpr const char* no_arguments = "nothing in it: a JSON object was expected, {} for no arguments";

struct Options : ConnectionOptions {
  enum class Verb : std::uint8_t { call, pending, tools };
  /// An approval may take 900 s.
  static constexpr std::chrono::seconds default_timeout{930};

  Verb verb = Verb::call;
  std::string tool;
  std::string arguments;       ///< JSON object, or empty
  std::string arguments_file;  ///< where they come from; "-": standard input; empty: from `arguments`
  std::optional<std::chrono::milliseconds> after_loss;
  bool spool = true;
};

}  // namespace kedge::cli::agent_gate
