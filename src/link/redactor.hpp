#pragma once
// A peer's words, without the secrets that it was shown.

#include "secret_in_text.hpp"

#include <kedge/error.hpp>
#include <kedge/secret.hpp>

#include <span>
#include <string_view>

namespace kedge {

/// Knows what this attempt, or the line that came of it, has shown: the credential, and the URL's query,
/// whose values may be one. A peer may say anything, our credential too: its words go through here before
/// they become part of an error, a state, a line of the log or a completion. Ours never do: a credential may
/// be any word.
///
/// Each secret is replaced by `mask`, however it is spelled (secret_in_text.hpp), also when its end is cut
/// off. A credential of less than eight bytes is masked only where it stands as a word of its own. Of a
/// query's values, which may be anything, those of eight bytes or more are. What stands behind the first
/// colon of a credential, a user's password, is one by itself.
class Redactor {
 public:
  /// `memory` is borrowed, and holds the credential: Limits::credential_bytes_max.
  explicit Redactor(std::span<char> memory) noexcept : credential_(memory, "Limits::credential_bytes_max") {}
  /// Never longer than what it stands for.
  static constexpr std::string_view mask = "***";

  /// The credential, to be given and wiped.
  [[nodiscard]] Secret& credential() noexcept { return credential_; }
  [[nodiscard]] const Secret& credential() const noexcept { return credential_; }
  /// `a=b&c=d`, percent-encoded. Borrowed.
  void set_query(std::string_view query) noexcept { query_ = query; }

  /// `words` itself when it holds no secret; else a copy without, in `room`, never longer than `words` and
  /// cut where the room ends, not inside a UTF-8 sequence.
  [[nodiscard]] std::string_view redact(std::string_view words, std::span<char> room) const noexcept;
  /// An error that says nothing but a peer's words, without the secrets in them.
  [[nodiscard]] Error redact(const Error& error) const noexcept;
  /// Appends a peer's words to ours.
  Error& append(Error& error, std::string_view words) const noexcept;

 private:
  class Search;
  [[nodiscard]] std::size_t cut_secret(std::string_view words) const noexcept;

  Secret credential_;
  std::string_view query_;
};

}  // namespace kedge
