#pragma once
// Interledger packets (ILPv4, RFC-0027) as values. Nothing here owns memory: a packet that was received is a
// view into the message it came in, one that is sent a view into the caller's memory.

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

/// Asks for value to be moved to `destination`, on the condition that its receiver knows what hashes to
/// `condition`.
struct Prepare {
  std::uint64_t amount = 0;
  WallTime expires_at{};                 ///< UTC; years 1970 to 9999 can be sent
  std::span<const std::byte> condition;  ///< exactly `hash_bytes`
  std::string_view destination;          ///< an ILP address: 1 to `address_bytes_max` characters
  std::span<const std::byte> data;
};

/// It was moved. SHA-256 of the fulfillment is the packet's condition.
struct Fulfill {
  std::span<const std::byte> fulfillment;  ///< exactly `hash_bytes`
  std::span<const std::byte> data;
};

/// It was not.
struct Reject {
  std::string_view code;          ///< exactly `code_bytes`: F final, T temporary, R relative (RFC-0027)
  std::string_view triggered_by;  ///< the address of the connector that rejected; may be empty
  std::string_view message;       ///< for a person; UTF-8 is not promised
  std::span<const std::byte> data;
};

/// How a PREPARE ends.
using Answer = std::variant<Fulfill, Reject>;
using Packet = std::variant<Prepare, Fulfill, Reject>;

}  // namespace kedge::ilp
