#pragma once
// Where a program's credential comes from: a file or the environment, never the command line, which others
// can read.

#include <kedge/client.hpp>

#include <string>

namespace kedge::cli {

/// The environment variable that holds the token.
inline constexpr const char* token_variable = "KEDGE_TOKEN";

/// Reads the token of `file` (its last line end is cut off), or of KEDGE_TOKEN when `file` is empty. The file
/// is read at each call, so that a rotated token works at the next attempt. Errors: config, naming the file
/// and the reason.
Result<void> read_token(const std::string& file, Secret& token) noexcept;

}  // namespace kedge::cli
