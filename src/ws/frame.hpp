#pragma once
// One WebSocket frame on its way out (RFC 6455 section 5.2). Inbound frames are wslay's: see
// frame_reader.hpp.
//
// We encode and mask by ourselves: wslay's sender masks byte by byte (13 times slower than 64 bits at a time)
// on 4 KB of stack and calls back for each frame's mask key.

#include <kedge/message.hpp>

#include <cstddef>
#include <cstdint>

namespace kedge::ws {

/// Which end of the connection this is: clients mask, servers do not (RFC 6455 section 5.1).
enum class Role : std::uint8_t { client, server };

/// RFC 6455 section 5.2, in its numbers.
enum class Opcode : std::uint8_t {
  continuation = 0x0,
  text = 0x1,
  binary = 0x2,
  close = 0x8,
  ping = 0x9,
  pong = 0xA
};

using kedge::MessageType;

struct FrameHeader {
  bool fin = true;
  Opcode opcode = Opcode::text;
  std::uint64_t payload_bytes = 0;
  bool masked = false;
  std::uint32_t mask_key = 0;  ///< its bytes in memory order are the key on the wire
};

inline constexpr std::size_t frame_header_bytes_max = 14;
/// RFC 6455 section 5.5.
inline constexpr std::size_t control_payload_bytes_max = 125;
/// Behind a close frame's code (RFC 6455 section 5.5.1).
inline constexpr std::size_t close_reason_bytes_max = control_payload_bytes_max - 2;

/// Bytes the header of such a frame takes: 2 to 14.
[[nodiscard]] std::size_t frame_header_bytes(std::uint64_t payload_bytes, bool masked) noexcept;

/// Writes the header, shortest length form; `out` must have `frame_header_bytes_max` bytes. Returns its size.
std::size_t encode_frame_header(const FrameHeader& header, std::byte* out) noexcept;

/// Copies `size` bytes from `in` to `out`, masked (RFC 6455 section 5.3). `position` is the offset of `in` in
/// the frame's payload. A key of zero copies. `in` and `out` may be the same, not overlap otherwise.
void mask_copy(std::byte* out, const std::byte* in, std::size_t size, std::uint32_t mask_key,
               std::uint64_t position) noexcept;

}  // namespace kedge::ws
