#pragma once
// Frames for tests: well-formed ones from our encoder, others from their first bytes on.

#include "ws/frame.hpp"

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace kedge::test {

inline constexpr std::uint32_t test_mask_key = 0x5AC3F00D;

inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// One frame on the wire, masked when it comes from a client.
inline std::string frame(ws::Opcode opcode, std::string_view payload, bool fin = true,
                         ws::Role from = ws::Role::server) {
  const bool masked = from == ws::Role::client;
  std::array<std::byte, ws::frame_header_bytes_max> header{};
  const std::size_t size =
      ws::encode_frame_header({fin, opcode, payload.size(), masked, test_mask_key}, header.data());
  std::string wire(reinterpret_cast<const char*>(header.data()), size);
  wire += payload;
  if (masked) {
    auto* body = reinterpret_cast<std::byte*>(wire.data() + size);
    ws::mask_copy(body, body, payload.size(), test_mask_key, 0);
  }
  return wire;
}

/// A close frame from a server.
inline std::string close_frame(unsigned code, std::string_view reason = {}) {
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
  payload += reason;
  return frame(ws::Opcode::close, payload);
}

}  // namespace kedge::test
