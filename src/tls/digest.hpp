#pragma once
// Hashes, from mbedTLS.

#include <array>
#include <cstddef>
#include <span>

namespace kedge::tls {

/// SHA-1, for Sec-WebSocket-Accept only (RFC 6455 section 4.2.2). False when the library failed.
[[nodiscard]] bool sha1(std::span<const std::byte> input, std::array<std::byte, 20>& digest) noexcept;
/// SHA-256. False when the library failed.
[[nodiscard]] bool sha256(std::span<const std::byte> input, std::array<std::byte, 32>& digest) noexcept;

}  // namespace kedge::tls
