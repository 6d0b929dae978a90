#pragma once
// Where a text shows a secret, however it is spelled there: as it is, with JSON's escapes, percent-encoded,
// or in base64.

#include <cstddef>
#include <string_view>

namespace kedge {

/// So many bytes of a secret's beginning tell that it is there. One that is shorter is looked for as a whole
/// word: it may be any word.
inline constexpr std::size_t telling_bytes = 8;

/// A secret, byte by byte: as it is, or as a URL has it. Borrowed.
class SecretBytes {
 public:
  explicit SecretBytes(std::string_view text, bool percent_encoded = false) noexcept
      : rest_(text), percent_encoded_(percent_encoded) {}
  [[nodiscard]] bool empty() const noexcept { return rest_.empty(); }
  /// The next byte. Not when empty.
  char take() noexcept;
  /// How many bytes there are, as far as that matters: at most `telling_bytes`.
  [[nodiscard]] std::size_t size() const noexcept;

 private:
  std::string_view rest_;
  bool percent_encoded_;
};

/// Where the spelling of a secret ends that begins at `at`, a place of the text; `at` when none does. What
/// goes on otherwise than the secret counts until the next space or quotation mark: a spelling that is not
/// known here, or another secret that begins like it.
[[nodiscard]] std::size_t end_of_secret(std::string_view text, std::size_t at,
                                        const SecretBytes& secret) noexcept;

/// Bytes at a text's beginning that are base64, in either alphabet, perhaps escaped themselves.
[[nodiscard]] std::size_t base64_run(std::string_view text) noexcept;
/// Whether the secret, or six bytes of its beginning, is in what a run of base64 decodes to. One of less than
/// four bytes is in too many.
[[nodiscard]] bool base64_shows(std::string_view run, const SecretBytes& secret) noexcept;

}  // namespace kedge
