#pragma once
// BTP messages on the wire, in both dialects. One message to a binary WebSocket message.

#include <kedge/btp.hpp>
#include <kedge/ilp.hpp>
#include <kedge/result.hpp>
#include <kedge/secret.hpp>
#include <kedge/sink.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace kedge::btp {

enum class MessageType : std::uint8_t { response = 1, error = 2, message = 6, transfer = 7 };

/// A named piece of data beside the packet. Views into the message.
struct ProtocolData {
  std::string_view name;
  std::uint16_t content_type = 0;  ///< 0 octet-stream, 1 text, 2 JSON
  std::span<const std::byte> data;
};

/// The entries of a message that was decoded, in order.
class ProtocolDataList {
 public:
  ProtocolDataList() noexcept = default;
  ProtocolDataList(Dialect dialect, std::uint32_t count, std::span<const std::byte> bytes) noexcept
      : bytes_(bytes), count_(count), dialect_(dialect) {}
  [[nodiscard]] std::uint32_t size() const noexcept { return count_; }
  /// Takes the first entry off; none when there are no more.
  std::optional<ProtocolData> take() noexcept;
  /// The first entry of that name.
  [[nodiscard]] std::optional<ProtocolData> find(std::string_view name) const noexcept;

 private:
  std::span<const std::byte> bytes_;
  std::uint32_t count_ = 0;
  Dialect dialect_ = Dialect::crosstown;
};

/// A message that was decoded. Views into its bytes.
struct Message {
  MessageType type = MessageType::message;
  std::uint32_t request_id = 0;
  ProtocolDataList protocol_data;     ///< of any type but a crosstown ERROR
  std::span<const std::byte> packet;  ///< the ILP packet; empty when there is none
  std::uint64_t amount = 0;           ///< of a TRANSFER
  // Of an ERROR:
  std::string_view code;  ///< such as F00
  std::string_view name;  ///< such as NotAcceptedError
  std::string_view triggered_at;
  std::span<const std::byte> data;
};

/// Reads one whole message. Errors: protocol, with the offset and the reason: truncated, a length beyond the
/// end or not minimal, an unknown type, trailing bytes.
Result<Message> decode_message(Dialect dialect, std::span<const std::byte> bytes) noexcept;

/// What authenticates: who we are, and the secret. False when the sink had no room. Errors: config (a text
/// that is not UTF-8, or too long for its length field).
Result<void> encode_auth(Sink& sink, Dialect dialect, std::uint32_t request_id, std::string_view peer_id,
                         std::string_view secret) noexcept;

/// A MESSAGE or RESPONSE that carries a packet that `check` accepts. False when the sink had no room.
bool encode_packet_message(Sink& sink, Dialect dialect, MessageType type, std::uint32_t request_id,
                           const ilp::Packet& packet) noexcept;
/// A MESSAGE or RESPONSE without a packet, such as the one that accepts an authentication.
bool encode_empty_message(Sink& sink, Dialect dialect, MessageType type, std::uint32_t request_id) noexcept;

/// An ERROR.
struct ErrorBody {
  std::string_view code;  ///< 3 characters
  std::string_view name;
  WallTime triggered_at{};
  std::span<const std::byte> data;
};
/// False when the sink had no room. Errors: config (the field by name).
Result<void> encode_error(Sink& sink, Dialect dialect, std::uint32_t request_id,
                          const ErrorBody& error) noexcept;

}  // namespace kedge::btp
