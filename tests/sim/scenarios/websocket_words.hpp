#pragma once
// Messages of which each byte is known from their number, so that both ends can tell what came.

#include <kedge/message.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace kedge::rig {

/// How many of a message's first bytes tell its number; a shorter one has fewer.
inline constexpr std::size_t label_bytes = 4;

/// A message of that size. Its first byte already differs from that of the one before.
[[nodiscard]] std::string message_body(std::uint64_t number, MessageType type, std::size_t bytes);

[[nodiscard]] constexpr std::uint8_t opcode_of(MessageType type) noexcept {
  return type == MessageType::text ? 1 : 2;
}

/// As a close frame holds it.
[[nodiscard]] std::string close_payload(std::uint16_t code, std::string_view reason);

}  // namespace kedge::rig
