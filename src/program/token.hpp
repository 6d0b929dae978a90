#pragma once
// Where a program's credential comes from: a file or the environment, never the command line, which others
// can read.

#include "kept_file.hpp"

#include <kedge/limits.hpp>
#include <kedge/result.hpp>
#include <kedge/secret.hpp>

#include <string>
#include <string_view>

namespace kedge::program {

/// Most bytes of a token that a program takes: what a client of its has room for.
inline constexpr std::size_t token_bytes_max = Limits::host().credential_bytes_max;
using Token = SecretOf<token_bytes_max>;

/// Takes the token of a text: a byte order mark before it and line ends behind it are no part of it. Errors:
/// config (it is empty, too long, or holds what is not printable ASCII, which is named), and `token` is as
/// it was.
Result<void> take_token(std::string_view text, Secret& token) noexcept;

/// A token's file as it may be: with a mark and line ends.
inline constexpr std::size_t token_file_bytes_max = token_bytes_max + 64;

/// The token of a file or, when `file` is empty, of the environment's `variable`. Errors are of kind config,
/// naming the file or the variable, and the reason; those of KeptFile::prepare are timeout and cancelled too.
class TokenSource {
 public:
  /// `variable` is kept: a literal.
  TokenSource(std::string file, const char* variable)
      : file_(std::move(file), token_file_bytes_max), variable_(variable) {}

  /// Whether there is one to read, good or bad.
  [[nodiscard]] bool is_given() const noexcept;
  /// Once, and reads the token a first time. Waits for who writes a file that is none (KeptFile).
  Result<void> prepare(const Patience& patience) noexcept;
  /// After `prepare`: the token of now. A regular file is read again.
  Result<void> give(Secret& token) noexcept;
  /// The one that was given last.
  [[nodiscard]] const Secret& last() const noexcept { return last_; }

 private:
  Result<void> read() noexcept;
  [[nodiscard]] Error of_file(const Error& why) const noexcept;

  KeptFile file_;
  const char* variable_;
  Token last_;
};

/// The token of a file. Errors: config, with the reason alone.
Result<void> read_token_file(const KeptFile& file, Secret& token);

}  // namespace kedge::program
