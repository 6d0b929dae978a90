#pragma once
// What the limits cost in bytes, and storage for it. A client lives in one span of memory and uses no other;
// each protocol builds its `storage_bytes(limits)` and its `Storage<limits>` from this page.

#include <kedge/limits.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <span>

namespace kedge {

/// Bytes that a client needs for each of its limits, on this machine: upper bounds, verified by
/// static_asserts in the library, which also verify that no client is promised more than 64 bytes beyond what
/// it takes.
namespace cost {
inline constexpr bool wide = sizeof(void*) == 8;

/// A client of a protocol of your own, without its limits: link, session, upgrade. The other protocols
/// declare their own.
inline constexpr std::size_t client_bytes = wide ? 3744 : 2968;
/// A request in flight: its slot with completion and error, its handle, its place in the heap of deadlines.
inline constexpr std::size_t pending_bytes = (wide ? 304 : 264) + 8 + 4;
/// An entry of the table of ids, whose size is a power of two.
inline constexpr std::size_t id_bytes = 4;
/// An outbound message, without its bytes.
inline constexpr std::size_t outbound_message_bytes = 64 + 8;
/// A block of the outbound store, without its bytes: its link to the next.
inline constexpr std::size_t outbound_block_bytes = 4;
/// An address that a name resolved to.
inline constexpr std::size_t address_bytes = 24;
/// For the alignment of all parts.
inline constexpr std::size_t padding_bytes = wide ? 64 : 48;
}  // namespace cost

/// Bytes of storage that a client with these limits needs, before its protocol adds its own. `client_bytes`
/// is the client itself; its inbound buffer has at least `inbound_bytes_min` bytes. Also accepts limits that
/// `check()` refuses.
[[nodiscard]] constexpr std::size_t client_storage_bytes(const Limits& limits, std::size_t client_bytes,
                                                         std::size_t inbound_bytes_min = 0) noexcept {
  const auto blocks = [&limits](std::size_t bytes) {
    const std::size_t block = limits.outbound_block_bytes > 0 ? limits.outbound_block_bytes : 1;
    return (bytes + block - 1) / block;
  };
  // The client itself.
  const std::size_t client = client_bytes + cost::padding_bytes;
  // Requests in flight.
  const std::size_t pending = limits.pending_max * cost::pending_bytes +
                              std::bit_ceil(std::size_t{limits.pending_max}) * cost::id_bytes;
  // Outbound messages, the user's and the protocol's own.
  const std::size_t outbound_messages =
      (std::size_t{limits.outbound_messages_max} + limits.reserved_messages_max) *
      cost::outbound_message_bytes;
  // The bytes of both, in whole blocks.
  const std::size_t reserved = std::size_t{limits.reserved_bytes} + sent_credential_bytes(limits);
  const std::size_t outbound_blocks = (blocks(limits.outbound_bytes) + blocks(reserved)) *
                                      (limits.outbound_block_bytes + cost::outbound_block_bytes);
  // The credential of this attempt, or of the connection that followed it.
  const std::size_t credential = limits.credential_bytes_max;
  // One buffer used for one thing after another: headers and query that the protocol adds to an upgrade
  // request, the head of the response, and each inbound message, or what the protocol keeps of it.
  const std::size_t added = limits.upgrade_bytes_max / 2U + sent_credential_bytes(limits);
  const std::size_t inbound = std::max<std::size_t>(
      {added, limits.upgrade_bytes_max, limits.inbound_message_bytes_max, inbound_bytes_min});
  // Bytes read from the stream at once, and frames to be written at once.
  const std::size_t stream = std::size_t{limits.read_buffer_bytes} + limits.write_buffer_bytes;
  // The URL; the Host header made of it, and the proxy's URL.
  const std::size_t url = 2 * std::size_t{limits.url_bytes_max};
  // What the name resolved to.
  const std::size_t addresses = limits.addresses_max * cost::address_bytes;
  // Random bytes for mask keys.
  const std::size_t masks = limits.mask_pool_bytes;
  return client + pending + outbound_messages + outbound_blocks + credential + inbound + stream + url +
         addresses + masks;
}
/// The same for a client of a protocol of your own.
[[nodiscard]] constexpr std::size_t line_storage_bytes(const Limits& limits) noexcept {
  return client_storage_bytes(limits, cost::client_bytes);
}

/// Storage for one client, together with the limits that it is for: the type behind each protocol's
/// `Storage<limits>`. The client borrows it; it must outlive the client.
template <auto limits, std::size_t size>
class Room {
 public:
  [[nodiscard]] std::span<std::byte> bytes() noexcept { return bytes_; }

 private:
  alignas(std::max_align_t) std::array<std::byte, size> bytes_;
};

}  // namespace kedge
