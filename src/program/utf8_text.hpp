#pragma once
// Words of a peer, or a path, where UTF-8 is needed.

#include <string>
#include <string_view>

namespace kedge::program {

/// The text; in one that is not UTF-8 each byte beyond ASCII is a '?'.
[[nodiscard]] std::string as_utf8(std::string_view text);

}  // namespace kedge::program
