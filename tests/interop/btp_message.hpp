#pragma once
// A message of btp2 with what it says in it, for btp_codec.cpp: made up, or decoded.

#include "protocol/btp/message.hpp"

#include "protocol/btp/packet.hpp"

#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace kedge::test {

/// Views into `memory`, or into the bytes it was decoded from.
struct BtpMessage {
  btp::MessageType type = btp::MessageType::message;
  std::uint32_t request_id = 0;
  std::uint64_t amount = 0;
  btp::ErrorBody error;
  /// The packet's own, "ilp", among them; its data is the packet that follows, encoded.
  std::vector<btp::ProtocolData> entries;
  std::optional<ilp::Packet> packet;
  std::deque<std::string> memory;

  std::string_view keep(std::string text) { return memory.emplace_back(std::move(text)); }
};

[[nodiscard]] inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
[[nodiscard]] inline std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace kedge::test
