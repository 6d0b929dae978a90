#pragma once
// What a command reads besides its command line.

#include "../program/patience.hpp"

#include <kedge/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace kedge::cli {

/// The bytes of a file, or of standard input when its name is "-". Of one larger than `bytes_max` a byte more
/// than that, which is enough to be told that it is too large. What is no regular file is waited for with
/// `patience`. Errors: config, timeout and cancelled as of KeptFile::prepare, with `what` and the path.
[[nodiscard]] Result<std::string> read_input(std::string_view what, const std::string& path,
                                             std::size_t bytes_max, const program::Patience& patience);

}  // namespace kedge::cli
