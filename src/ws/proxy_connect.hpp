#pragma once
// What an HTTP proxy is asked for a tunnel, and what it answers (CONNECT, RFC 9110 section 9.3.6).

#include <kedge/result.hpp>
#include <kedge/sink.hpp>

#include "response_head.hpp"
#include "url.hpp"

#include <cstddef>
#include <span>
#include <string_view>

namespace kedge::ws {

/// Writes the request for a tunnel to the host of `url`. `credential` is `user:password`, empty for none
/// (RFC 7617). Errors: config (a credential without a colon), too_large (sink full).
Result<void> write_connect(const Url& url, std::string_view credential, Sink& out) noexcept;

/// Reads the answer with `head`, which was started for a proxy. True when there is a tunnel: any 2xx, of
/// HTTP/1.0 too; what the head says of a body does not hold. False when more is needed; `*taken` is how many
/// bytes belong to the head.
/// Errors, layer proxy: those of ResponseHead; and with the status as layer_code: 401 and 407 ->
/// authentication, in words that say whether there was a credential; any other -> connection; each with its
/// Retry-After. No error holds words of the proxy's.
Result<bool> read_connect(ResponseHead& head, std::span<const std::byte> bytes, bool has_credential,
                          std::size_t* taken) noexcept;

}  // namespace kedge::ws
