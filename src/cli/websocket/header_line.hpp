#pragma once
// A header as one writes it: `Name: value`.

#include "../../program/patience.hpp"

#include <kedge/result.hpp>

#include <kedge/websocket.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace kedge::cli::websocket {

struct HeaderLine {
  std::string_view name;
  std::string_view value;  ///< without the spaces around it
};

/// Views into `line`. What is wrong with it is for the upgrade to say, but for what `why_no_header` says.
[[nodiscard]] HeaderLine split_header(std::string_view line) noexcept;
/// Why it cannot be given to us: it is no such line, or it holds a credential, which has another place. Never
/// names the value. Empty when it can. `on_command_line`: others can read it there.
[[nodiscard]] std::string why_no_header(std::string_view line, bool on_command_line);

/// What --header was given, with the lines of a file in the place of each `@FILE`; empty ones are left out.
/// Errors: those of `read_input`; config: what `why_no_header` says of a file's line.
[[nodiscard]] Result<std::vector<std::string>> read_headers(const std::vector<std::string>& given,
                                                            const program::Patience& patience);

/// The same of all: views of `lines`.
[[nodiscard]] std::vector<kedge::websocket::Header> split_headers(const std::vector<std::string>& lines);

}  // namespace kedge::cli::websocket
