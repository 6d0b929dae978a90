#pragma once
// What must come out whole, to a reader who may take his time.

#include <kedge/result.hpp>

#include <cstddef>
#include <string_view>

namespace kedge::program {

/// Writes as much of `text` as there is room for now, and never waits: how many bytes that were, 0 when there
/// is no room or a signal came. Errors: closed (the system's reason).
[[nodiscard]] Result<std::size_t> write_some(int descriptor, std::string_view text) noexcept;

/// Writes all of `text`, and waits for the reader of a pipe or a terminal as long as he likes. Meanwhile
/// SIGINT, SIGTERM and SIGHUP, unless they are ignored, end the wait and nothing else: whoever handles them
/// otherwise does not hear of it. Not on two threads at once. Errors: closed (the system's reason), cancelled
/// (a signal came); an unknown part of the text is written then.
[[nodiscard]] Result<void> write_whole(int descriptor, std::string_view text) noexcept;

}  // namespace kedge::program
