#pragma once
// BTP messages on the wire, in both dialects. One message to a binary WebSocket message.

#include <kedge/btp.hpp>
#include <kedge/ilp.hpp>
#include <kedge/result.hpp>
#include <kedge/sink.hpp>
#include <kedge/time.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace kedge::btp {

enum class MessageType : std::uint8_t { response = 1, error = 2, message = 6, transfer = 7 };
/// The protocol's word for it, such as "RESPONSE". Static storage.
[[nodiscard]] std::string_view to_string(MessageType type) noexcept;

/// A named piece of data beside the packet. When decoded, views into the message.
struct ProtocolData {
  std::string_view name;           ///< ASCII in btp2, at most 255 bytes of UTF-8 in crosstown
  std::uint16_t content_type = 0;  ///< 0 octet-stream, 1 text, 2 JSON; at most 255 in btp2
  std::span<const std::byte> data;
};

/// The entries of a message that was decoded, in order; in btp2 the packet's own, "ilp", is one of them.
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
  // Of an ERROR; its texts are ASCII in btp2, UTF-8 in crosstown:
  std::string_view code;  ///< such as F00; of any length in crosstown
  std::string_view name;  ///< such as NotAcceptedError
  WallTime triggered_at{};
  std::span<const std::byte> data;
};

/// What every message begins with, in both dialects.
struct MessageHead {
  static constexpr std::size_t bytes = 5;
  MessageType type = MessageType::message;
  std::uint32_t request_id = 0;
};
/// Reads the head of a message of which the rest was not kept. Errors: protocol, as `decode_message`.
Result<MessageHead> decode_head(Dialect dialect, std::span<const std::byte> bytes) noexcept;

/// Reads one whole message. Errors: protocol, with the offset, the field and the reason: truncated, a length
/// beyond the end or not in its shortest form, an unknown type, a name that is no text, a moment that is
/// none, a second packet, trailing bytes.
Result<Message> decode_message(Dialect dialect, std::span<const std::byte> bytes) noexcept;

// Encoders. Errors: config (the field by name, and nothing was written), too_large (the sink had no room).

/// What authenticates: who we are, and the secret; both UTF-8.
Result<void> encode_auth(Sink& sink, Dialect dialect, std::uint32_t request_id, std::string_view peer_id,
                         std::string_view secret) noexcept;

/// A MESSAGE or RESPONSE that carries a packet that `check` accepts. False when the sink had no room.
bool encode_packet_message(Sink& sink, Dialect dialect, MessageType type, std::uint32_t request_id,
                           const ilp::Packet& packet) noexcept;
/// A MESSAGE or RESPONSE without a packet, such as the one that accepts an authentication. False when the
/// sink had no room.
bool encode_empty_message(Sink& sink, Dialect dialect, MessageType type, std::uint32_t request_id) noexcept;

/// What a message carries that is no ERROR.
struct MessageBody {
  std::span<const ProtocolData> protocol_data;
  /// An encoded ILP packet; in btp2 it goes first, as "ilp", and no other entry may bear that name.
  std::span<const std::byte> packet;
  std::uint64_t amount = 0;  ///< of a TRANSFER
};
/// A MESSAGE, RESPONSE or, in btp2, TRANSFER.
Result<void> encode_message(Sink& sink, Dialect dialect, MessageType type, std::uint32_t request_id,
                            const MessageBody& body) noexcept;

/// An ERROR.
struct ErrorBody {
  std::string_view code;    ///< 3 characters; in crosstown at most 255 bytes
  std::string_view name;    ///< in crosstown at most 255 bytes
  WallTime triggered_at{};  ///< years 1970 to 9999
  std::span<const std::byte> data;
  std::span<const ProtocolData> protocol_data{};  ///< none in crosstown
};
Result<void> encode_error(Sink& sink, Dialect dialect, std::uint32_t request_id,
                          const ErrorBody& error) noexcept;

}  // namespace kedge::btp
