#pragma once
// A header as one writes it: `Name: value`.

#include <string>
#include <string_view>

namespace kedge::cli {

struct HeaderLine {
  std::string_view name;
  std::string_view value;  ///< without the spaces around it
};

/// Views into `line`. What is wrong with it is for the upgrade to say, but for what `why_no_header` says.
[[nodiscard]] HeaderLine split_header(std::string_view line) noexcept;
/// Why it cannot be given to us: it is no such line, or it holds a credential, which has another place. Never
/// names the value. Empty when it can. `on_command_line`: others can read it there.
[[nodiscard]] std::string why_no_header(std::string_view line, bool on_command_line);

}  // namespace kedge::cli
