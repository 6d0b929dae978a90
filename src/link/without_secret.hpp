#pragma once
// Words of a server, without ours.

#include <kedge/error.hpp>
#include <kedge/secret.hpp>

namespace kedge {

/// An error is made of the server's words, and a server may say anything, our credential too (cut short by
/// the error's own size: hence also its beginning). The same error, or one that says `instead`.
[[nodiscard]] Error without_secret(const Error& error, const Secret& secret,
                                   std::string_view instead) noexcept;

}  // namespace kedge
