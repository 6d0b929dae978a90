#pragma once
// Where a program's credential comes from: a file or the environment, never the command line, which others
// can read.

#include <kedge/result.hpp>
#include <kedge/secret.hpp>

#include <string>

namespace kedge::program {

/// Reads the token of `file` (its last line end is cut off), or of the environment's `variable` when `file`
/// is empty. The file is read at each call. Errors: config, naming the file or the variable, and the reason.
Result<void> read_token(const std::string& file, const char* variable, Secret& token) noexcept;

/// Reads the token of a file, likewise. Errors: config, with the reason alone: who puts the token itself
/// where the file's name belongs must not read it in a log.
Result<void> read_token_file(const std::string& path, Secret& token) noexcept;

/// Whether there is one to read, good or bad.
[[nodiscard]] bool token_given(const std::string& file, const char* variable) noexcept;

}  // namespace kedge::program
