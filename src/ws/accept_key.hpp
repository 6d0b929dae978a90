#pragma once
// Sec-WebSocket-Key and Sec-WebSocket-Accept (RFC 6455 sections 4.1 and 4.2.2).

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace kedge::ws {

/// Random bytes in a key.
inline constexpr std::size_t key_bytes = 16;
/// Characters of a key: `key_bytes` in base64.
inline constexpr std::size_t key_characters = 24;
/// Characters of an accept value: a SHA-1 in base64.
inline constexpr std::size_t accept_characters = 28;

/// The key made of these random bytes.
[[nodiscard]] std::array<char, key_characters> make_key(
    std::span<const std::byte, key_bytes> random) noexcept;
/// Whether `key` is the base64 of 16 bytes.
[[nodiscard]] bool key_valid(std::string_view key) noexcept;
/// Writes what the server must answer to `key`, of which `key_characters` are read. False when SHA-1 failed.
[[nodiscard]] bool make_accept(std::string_view key, std::array<char, accept_characters>& accept) noexcept;

}  // namespace kedge::ws
