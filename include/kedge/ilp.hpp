#pragma once
// Interledger packets (ILPv4, RFC-0027) as values. Nothing here owns memory: a received packet is a view of
// its message, a sent one a view of the caller's memory.

#include <kedge/time.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

namespace kedge::ilp {

/// Bytes of a condition and of a fulfillment: SHA-256.
inline constexpr std::size_t hash_bytes = 32;
/// Longest address (RFC-0015), in characters.
inline constexpr std::size_t address_bytes_max = 1023;
/// Characters of a REJECT's code, such as F02.
inline constexpr std::size_t code_bytes = 3;

/// Asks to transfer value to `destination`, on condition that its receiver knows the preimage of `condition`.
struct Prepare {
  std::uint64_t amount = 0;              ///< in the base unit that the peers agreed on (RFC-0027)
  WallTime expires_at{};                 ///< UTC; years 1970 to 9999 can be sent
  std::span<const std::byte> condition;  ///< exactly `hash_bytes`
  std::string_view destination;          ///< an ILP address: 1 to `address_bytes_max` characters
  std::span<const std::byte> data;
};

/// The value was transferred. SHA-256 of the fulfillment is the packet's condition.
struct Fulfill {
  std::span<const std::byte> fulfillment;  ///< exactly `hash_bytes`
  std::span<const std::byte> data;
};

/// The value was not transferred.
struct Reject {
  std::string_view code;          ///< exactly `code_bytes`: F final, T temporary, R relative (RFC-0027)
  std::string_view triggered_by;  ///< the address of the connector that rejected; may be empty
  std::string_view message;       ///< for a person; may not be UTF-8
  std::span<const std::byte> data;
};

/// How a PREPARE ends.
using Answer = std::variant<Fulfill, Reject>;
using Packet = std::variant<Prepare, Fulfill, Reject>;

}  // namespace kedge::ilp
