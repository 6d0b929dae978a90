#pragma once
// What both programs of the conformance tests can take: suites send messages of up to 16 MiB.

#include <kedge/limits.hpp>

#include <cstdint>

namespace kedge::conformance {

inline constexpr std::uint32_t message_bytes_max = 16 * 1024 * 1024;

/// The host's limits with room for messages of `largest` bytes, 4096 or more, and for one more while the last
/// one, and a block for each of many small ones, are on their way out.
[[nodiscard]] constexpr Limits large_limits(std::uint32_t largest = message_bytes_max) noexcept {
  Limits limits = Limits::host();
  limits.inbound_message_bytes_max = largest;
  limits.outbound_message_bytes_max = largest;
  limits.pending_max = 1024;
  limits.outbound_bytes = 2 * largest + limits.pending_max * 4096U;
  limits.outbound_block_bytes = 4096;
  limits.outbound_messages_max = 4096;
  return limits;
}

}  // namespace kedge::conformance
