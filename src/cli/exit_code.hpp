#pragma once
// What the exit codes of kedge mean: the help and the page's table are made of this.

#include <kedge/error.hpp>

#include <span>
#include <string>
#include <string_view>

namespace kedge::cli {

enum class ExitCode : int {
  ok = 0,
  other = 1,
  usage = 2,
  connection = 3,
  authentication = 4,
  denied = 5,
  timeout = 6,
  remote = 7,
  protocol = 8,
  outcome_unknown = 9,
  interrupted = 130,
};

/// A code in words for a person.
struct ExitMeaning {
  ExitCode code;
  std::string_view words;
};
/// All there are, in order. Static storage.
[[nodiscard]] std::span<const ExitMeaning> exit_meanings() noexcept;
/// They as lines of a help text.
[[nodiscard]] std::string exit_code_help();

/// The exit code for an error. A timeout of a connection's own stages (anything below the protocol) counts as
/// connection. What may have run is `outcome_unknown`, with two exceptions: an answer that came and could not
/// be read is `protocol`, and a deadline that passed while the line of the request held, so that its answer
/// may still come, is `timeout`. `line_lost`: whether the line was lost since something was asked on it.
[[nodiscard]] ExitCode exit_code_for(const Error& error, bool line_lost) noexcept;

}  // namespace kedge::cli
