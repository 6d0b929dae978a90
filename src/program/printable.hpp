#pragma once
// Text of others' making, so that it can be shown.

#include <kedge/json_writer.hpp>

#include <string>
#include <string_view>

namespace kedge::program {

/// A server's words may hold what a terminal takes for commands, and a path or URL what is not UTF-8: all but
/// printable ASCII is a '?'.
[[nodiscard]] std::string printable(std::string_view text);

/// Writes a member: the text itself, or what is printable of it when it is not UTF-8.
void write_text(json::Writer& writer, std::string_view name, std::string_view text);

}  // namespace kedge::program
