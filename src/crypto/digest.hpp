#pragma once
// Hashes. A firmware without mbedTLS defines these two itself.

#include <array>
#include <cstddef>
#include <span>

namespace kedge::crypto {

/// SHA-1, for Sec-WebSocket-Accept only (RFC 6455 section 4.2.2): it proves nothing to anybody any more.
/// False when the library failed; `digest` is then not to be used.
[[nodiscard]] bool sha1(std::span<const std::byte> input, std::array<std::byte, 20>& digest) noexcept;
/// SHA-256. False when the library failed; `digest` is then not to be used.
[[nodiscard]] bool sha256(std::span<const std::byte> input, std::array<std::byte, 32>& digest) noexcept;

}  // namespace kedge::crypto
