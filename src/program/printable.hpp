#pragma once
// Text of others' making, so that it can be shown.

#include <kedge/json_writer.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace kedge::program {

/// A server's words may hold what a terminal takes for commands, or what lets a line read otherwise than it
/// is: control characters (C0, DEL, C1), line and paragraph separators and bidirectional controls become
/// JSON's escapes, such as \u001b. All other UTF-8 is as it is; in what is not UTF-8 each byte beyond ASCII
/// is a '?'.
[[nodiscard]] std::string printable(std::string_view text);

/// JSON text on one line, the same to every reader of JSON and harmless to a terminal: in its strings the
/// same characters are escaped, and between values each line end or tab is a space.
[[nodiscard]] std::string printable_json(std::string_view json);

/// Writes a member, a string that stands for the text itself. What is not printable is escaped; in what is
/// not UTF-8 each byte beyond ASCII is a '?'.
void write_text(json::Writer& writer, std::string_view name, std::string_view text);

/// As much of a text as `bytes_max` hold, no character of it in part.
[[nodiscard]] std::string_view beginning(std::string_view text, std::size_t bytes_max) noexcept;

}  // namespace kedge::program
