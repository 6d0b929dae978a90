#pragma once
// Words of a server, without ours.

#include <kedge/error.hpp>
#include <kedge/secret.hpp>

namespace kedge {

/// Whether a text holds the credential, or so much of its beginning that it tells: as it is, with JSON's
/// escapes, percent-encoded or in base64.
[[nodiscard]] bool holds_secret(std::string_view text, const Secret& secret) noexcept;

/// An error is made of the server's words, and a server may say anything, our credential too, cut short by
/// the error's own size. The same error, or one that says `instead` when it holds the secret.
[[nodiscard]] Error without_secret(const Error& error, const Secret& secret,
                                   std::string_view instead) noexcept;

}  // namespace kedge
