#pragma once
// What a TLS failure is, in words.

#include <kedge/error.hpp>

#include "verifier.hpp"

namespace kedge::tls {

/// What the random source of `random_from_port` returns when the port has none.
inline constexpr int no_randomness = -0x0034;  // MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED

/// Whether mbedTLS's code says that an allocation failed, in whatever layer.
[[nodiscard]] bool is_out_of_memory(int code) noexcept;
inline constexpr std::string_view no_memory = "out of memory for TLS";

/// The peer's fatal alert by name, such as "handshake failure" (RFC 8446 section 6), and what to do about it.
[[nodiscard]] Error alert_error(int alert, Role role) noexcept;

/// The server asked for a certificate, none is set, and it has broken the handshake off: with this alert, or
/// (negative) without one that could be read.
[[nodiscard]] Error certificate_wanted_error(int alert) noexcept;
/// Whether an alert can be an answer to a certificate that was not shown: each implementation has its own.
[[nodiscard]] bool may_want_certificate(int alert) noexcept;

/// Any other failure of mbedTLS: `code` is its own, `role` our end. Certificates are `Verifier::explain`'s.
[[nodiscard]] Error failure_error(int code, Role role) noexcept;

/// The first bytes were not TLS.
[[nodiscard]] Error plain_text_error(Role role) noexcept;

/// The peer is gone in the middle of the handshake.
[[nodiscard]] Error truncated_handshake_error(Role role) noexcept;

/// The same without a byte from a server, by an mbedTLS without TLS 1.3.
[[nodiscard]] Error unanswered_hello_error() noexcept;

/// The peer goes on and on without getting anywhere.
[[nodiscard]] Error endless_handshake_error(Role role) noexcept;

/// The stream below ended without close_notify.
[[nodiscard]] Error truncated_stream_error() noexcept;

/// What may be a refusal of our certificate came encrypted so that nobody can read it.
[[nodiscard]] Error unheard_refusal_error() noexcept;

}  // namespace kedge::tls
