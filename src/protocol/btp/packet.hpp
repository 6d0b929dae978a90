#pragma once
// ILP packets on the wire, in both dialects.

#include <kedge/btp.hpp>
#include <kedge/ilp.hpp>
#include <kedge/result.hpp>
#include <kedge/sink.hpp>

#include <cstddef>
#include <span>

namespace kedge::btp {

/// Reads one whole packet; its views point into `bytes`. Errors: protocol, with the offset and the reason.
Result<ilp::Packet> decode_packet(Dialect dialect, std::span<const std::byte> bytes) noexcept;

/// Whether the packet can be written in that dialect. Errors: config, naming the field.
Result<void> check(Dialect dialect, const ilp::Packet& packet) noexcept;
/// Bytes that `encode_packet` writes. For a packet that `check` accepts.
[[nodiscard]] std::uint64_t packet_bytes(Dialect dialect, const ilp::Packet& packet) noexcept;
/// For a packet that `check` accepts. False when the sink had no room.
bool encode_packet(Sink& sink, Dialect dialect, const ilp::Packet& packet) noexcept;

}  // namespace kedge::btp
