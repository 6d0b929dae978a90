#pragma once
// Where standard output and error go.

namespace kedge::program {

/// Whether what is written there is read by nobody: /dev/null, or what took the place of a missing one.
[[nodiscard]] bool goes_nowhere(int descriptor) noexcept;

/// Whether all that was printed on standard output has gone there, as far as can be known: it is flushed.
/// Standard error says when it has not.
[[nodiscard]] bool standard_output_is_written() noexcept;

}  // namespace kedge::program
