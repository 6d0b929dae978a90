#include "message.hpp"

#include "../../codec/oer.hpp"
#include "message_text.hpp"

#include <limits>

namespace kedge::btp {

namespace {

namespace oer = codec::oer;

constexpr std::string_view not_text = "not text";

constexpr bool is_known(Dialect dialect, std::uint64_t type) noexcept {
  switch (static_cast<MessageType>(type)) {
    case MessageType::response:
    case MessageType::error:
    case MessageType::message:
      return true;
    case MessageType::transfer:
      return dialect == Dialect::btp2;
  }
  return false;
}

MessageHead read_head(oer::Reader& reader, Dialect dialect) noexcept {
  const std::uint64_t type = reader.uint(1, "type");
  if (!is_known(dialect, type)) reader.fail(0, "type", "unknown");
  return {static_cast<MessageType>(type), static_cast<std::uint32_t>(reader.uint(4, "request id"))};
}

// Fails the reader at the field's length when it is no text.
std::string_view read_text(oer::Reader& reader, Dialect dialect, std::string_view field) noexcept {
  const std::size_t at = reader.offset();
  const std::string_view text =
      oer::as_text(dialect == Dialect::crosstown ? reader.octets_after(1, field) : reader.var_octets(field));
  if (!is_text(dialect, text)) reader.fail(at, field, not_text);
  return text;
}

std::span<const std::byte> read_data(oer::Reader& reader, Dialect dialect, std::string_view field) noexcept {
  return dialect == Dialect::crosstown ? reader.octets_after(4, field) : reader.var_octets(field);
}

ProtocolData read_entry(oer::Reader& reader, Dialect dialect) noexcept {
  ProtocolData entry;
  entry.name = read_text(reader, dialect, "name of protocol data");
  entry.content_type =
      static_cast<std::uint16_t>(reader.uint(dialect == Dialect::crosstown ? 2 : 1, "content type"));
  entry.data = read_data(reader, dialect, "protocol data");
  return entry;
}

// Takes the packet out of an entry of btp2. A second one, or one that calls itself text, would mean something
// else to another reader.
void take_packet(oer::Reader& reader, std::size_t at, const ProtocolData& entry, bool& taken,
                 Message& message) noexcept {
  if (entry.name != packet_entry_name) return;
  if (taken) reader.fail(at, packet_entry_name, "a second packet");
  if (entry.content_type != octet_stream)
    reader.fail(at, packet_entry_name, "a packet that is no octet-stream");
  taken = true;
  message.packet = entry.data;
}

void read_protocol_data(oer::Reader& reader, Dialect dialect, std::span<const std::byte> bytes,
                        Message& message) noexcept {
  constexpr std::string_view field = "count of protocol data";
  const std::size_t count_at = reader.offset();
  const std::uint64_t count = dialect == Dialect::crosstown ? reader.uint(1, field) : reader.var_uint(field);
  // Every entry has bytes: a count that cannot be is not walked.
  if (count > reader.remaining() || count > std::numeric_limits<std::uint32_t>::max()) {
    reader.fail(count_at, field, "more than there are bytes");
  }
  const std::size_t first = reader.offset();
  bool packet_taken = false;
  for (std::uint64_t i = 0; i < count && !reader.failed(); ++i) {
    const std::size_t at = reader.offset();
    const ProtocolData entry = read_entry(reader, dialect);
    if (dialect == Dialect::btp2) take_packet(reader, at, entry, packet_taken, message);
  }
  if (reader.failed()) return;
  message.protocol_data = ProtocolDataList(dialect, static_cast<std::uint32_t>(count),
                                           bytes.subspan(first, reader.offset() - first));
}

void read_error(oer::Reader& reader, Dialect dialect, Message& message) noexcept {
  if (dialect == Dialect::crosstown) {
    message.code = read_text(reader, dialect, "code");
  } else {
    const std::size_t at = reader.offset();
    message.code = oer::as_text(reader.octets(ilp::code_bytes, "code"));
    if (!is_text(dialect, message.code)) reader.fail(at, "code", not_text);
  }
  message.name = read_text(reader, dialect, "name");
  const std::size_t time_at = reader.offset();
  const auto time = read_time(read_text(reader, dialect, "triggered_at"), error_time_format(dialect));
  if (!time) reader.fail(time_at, "triggered_at", "no moment in the years 1970 to 9999");
  message.triggered_at = time.value_or(WallTime{});
  message.data = read_data(reader, dialect, "data");
}

}  // namespace

std::string_view to_string(MessageType type) noexcept {
  switch (type) {
    case MessageType::response:
      return "RESPONSE";
    case MessageType::error:
      return "ERROR";
    case MessageType::message:
      return "MESSAGE";
    case MessageType::transfer:
      return "TRANSFER";
  }
  return "unknown";
}

std::optional<ProtocolData> ProtocolDataList::take() noexcept {
  if (count_ == 0) return std::nullopt;
  oer::Reader reader(bytes_);
  const ProtocolData entry = read_entry(reader, dialect_);
  bytes_ = bytes_.subspan(reader.offset());
  --count_;
  return entry;
}

std::optional<ProtocolData> ProtocolDataList::find(std::string_view name) const noexcept {
  ProtocolDataList rest = *this;
  while (const auto entry = rest.take()) {
    if (entry->name == name) return entry;
  }
  return std::nullopt;
}

Result<MessageHead> decode_head(Dialect dialect, std::span<const std::byte> bytes) noexcept {
  oer::Reader reader(bytes);
  const MessageHead head = read_head(reader, dialect);
  if (reader.failed()) return reader.error();
  return head;
}

Result<Message> decode_message(Dialect dialect, std::span<const std::byte> bytes) noexcept {
  oer::Reader reader(bytes);
  Message message;
  const MessageHead head = read_head(reader, dialect);
  message.type = head.type;
  message.request_id = head.request_id;
  if (dialect == Dialect::btp2) reader.length_of_rest("contents");
  if (message.type == MessageType::error) read_error(reader, dialect, message);
  if (message.type == MessageType::transfer) message.amount = reader.uint(8, "amount");
  if (dialect == Dialect::btp2 || message.type != MessageType::error) {
    read_protocol_data(reader, dialect, bytes, message);
  }
  if (dialect == Dialect::crosstown && message.type != MessageType::error) {
    message.packet = reader.octets_after(4, "ILP packet");
  }
  reader.expect_end();
  if (reader.failed()) return reader.error();
  return message;
}

}  // namespace kedge::btp
