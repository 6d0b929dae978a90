#include "message.hpp"

#include "../../codec/json_quote.hpp"
#include "../../codec/oer.hpp"
#include "message_text.hpp"
#include "packet.hpp"
#include "unfit.hpp"

#include <array>
#include <cassert>
#include <limits>

namespace kedge::btp {

namespace {

namespace oer = codec::oer;

/// Only counts.
class SizeSink final : public Sink {
 public:
  using Sink::write;
  bool write(std::span<const std::byte> bytes) noexcept override {
    size_ += bytes.size();
    return true;
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  std::size_t size_ = 0;
};

std::span<const std::byte> bytes_of(std::string_view text) noexcept {
  return std::as_bytes(std::span(text.data(), text.size()));
}

Result<void> room(bool written) noexcept {
  if (!written) return Error(ErrorKind::too_large, "no room for the message");
  return {};
}

bool fits(std::size_t size, std::size_t width) noexcept {
  return oer::uint_bytes(size) <= width;
}

// --- pieces of both dialects -------------------------------------------------------------------------

Result<void> check_text(Dialect dialect, std::string_view field, std::string_view text) noexcept {
  if (!is_text(dialect, text)) return unfit(field, "not text");
  if (dialect == Dialect::crosstown && !fits(text.size(), 1)) return unfit(field, "longer than 255 bytes");
  return {};
}

Result<void> check_data(Dialect dialect, std::string_view field, std::span<const std::byte> data) noexcept {
  if (dialect == Dialect::crosstown && !fits(data.size(), 4))
    return unfit(field, "longer than its length field");
  return {};
}

std::uint64_t text_bytes(Dialect dialect, std::uint64_t size) noexcept {
  return dialect == Dialect::crosstown ? 1 + size : oer::var_octets_bytes(size);
}

std::uint64_t data_bytes(Dialect dialect, std::uint64_t size) noexcept {
  return dialect == Dialect::crosstown ? 4 + size : oer::var_octets_bytes(size);
}

bool write_text(Sink& sink, Dialect dialect, std::string_view text) noexcept {
  if (dialect == Dialect::btp2) return oer::write_var_octets(sink, text);
  return oer::write_uint(sink, text.size(), 1) && sink.write(text);
}

bool write_data_length(Sink& sink, Dialect dialect, std::uint64_t size) noexcept {
  return dialect == Dialect::crosstown ? oer::write_uint(sink, size, 4) : oer::write_length(sink, size);
}

bool write_data(Sink& sink, Dialect dialect, std::span<const std::byte> data) noexcept {
  return write_data_length(sink, dialect, data.size()) && sink.write(data);
}

bool write_head(Sink& sink, MessageType type, std::uint32_t request_id) noexcept {
  return oer::write_uint(sink, static_cast<std::uint64_t>(type), 1) && oer::write_uint(sink, request_id, 4);
}

// --- protocol data -----------------------------------------------------------------------------------

std::size_t count_bytes(Dialect dialect, std::size_t count) noexcept {
  return dialect == Dialect::crosstown ? 1 : oer::var_uint_bytes(count);
}

bool write_count(Sink& sink, Dialect dialect, std::size_t count) noexcept {
  return dialect == Dialect::crosstown ? oer::write_uint(sink, count, 1) : oer::write_var_uint(sink, count);
}

constexpr std::size_t content_type_bytes(Dialect dialect) noexcept {
  return dialect == Dialect::crosstown ? 2 : 1;
}

std::uint64_t entry_bytes(Dialect dialect, std::string_view name, std::uint64_t data_size) noexcept {
  return text_bytes(dialect, name.size()) + content_type_bytes(dialect) + data_bytes(dialect, data_size);
}

/// An entry up to its data, which the caller writes.
bool write_entry_head(Sink& sink, Dialect dialect, std::string_view name, std::uint16_t content_type,
                      std::uint64_t data_size) noexcept {
  return write_text(sink, dialect, name) &&
         oer::write_uint(sink, content_type, content_type_bytes(dialect)) &&
         write_data_length(sink, dialect, data_size);
}

Result<void> check_entries(Dialect dialect, std::span<const ProtocolData> entries) noexcept {
  if (dialect == Dialect::crosstown && !fits(entries.size(), 1)) {
    return unfit("protocol data", "more than 255 entries");
  }
  for (const ProtocolData& entry : entries) {
    if (auto checked = check_text(dialect, "name of protocol data", entry.name); !checked) return checked;
    if (!fits(entry.content_type, content_type_bytes(dialect))) return unfit("content type", "above 255");
    if (auto checked = check_data(dialect, "protocol data", entry.data); !checked) return checked;
  }
  return {};
}

std::uint64_t entries_bytes(Dialect dialect, std::span<const ProtocolData> entries) noexcept {
  std::uint64_t size = 0;
  for (const ProtocolData& entry : entries) size += entry_bytes(dialect, entry.name, entry.data.size());
  return size;
}

bool write_entries(Sink& sink, Dialect dialect, std::span<const ProtocolData> entries) noexcept {
  for (const ProtocolData& entry : entries) {
    if (!write_entry_head(sink, dialect, entry.name, entry.content_type, entry.data.size()) ||
        !sink.write(entry.data)) {
      return false;
    }
  }
  return true;
}

// --- whole messages ----------------------------------------------------------------------------------

bool write_crosstown(Sink& sink, MessageType type, std::uint32_t request_id,
                     const MessageBody& body) noexcept {
  constexpr Dialect dialect = Dialect::crosstown;
  return write_head(sink, type, request_id) && write_count(sink, dialect, body.protocol_data.size()) &&
         write_entries(sink, dialect, body.protocol_data) && write_data(sink, dialect, body.packet);
}

bool write_btp2(Sink& sink, MessageType type, std::uint32_t request_id, const MessageBody& body) noexcept {
  constexpr Dialect dialect = Dialect::btp2;
  const ProtocolData packet{packet_entry_name, octet_stream, body.packet};
  const std::span<const ProtocolData> packets(&packet, body.packet.empty() ? 0 : 1);
  const std::size_t count = packets.size() + body.protocol_data.size();
  const bool transfer = type == MessageType::transfer;
  const std::uint64_t contents = (transfer ? 8 : 0) + count_bytes(dialect, count) +
                                 entries_bytes(dialect, packets) + entries_bytes(dialect, body.protocol_data);
  return write_head(sink, type, request_id) && oer::write_length(sink, contents) &&
         (!transfer || oer::write_uint(sink, body.amount, 8)) && write_count(sink, dialect, count) &&
         write_entries(sink, dialect, packets) && write_entries(sink, dialect, body.protocol_data);
}

bool write_auth_json(Sink& sink, std::string_view peer_id, std::string_view secret) noexcept {
  return sink.write(R"({"peerId":)") && codec::write_quoted(sink, peer_id) && sink.write(R"(,"secret":)") &&
         codec::write_quoted(sink, secret) && sink.write("}");
}

}  // namespace

Result<void> encode_message(Sink& sink, Dialect dialect, MessageType type, std::uint32_t request_id,
                            const MessageBody& body) noexcept {
  if (type == MessageType::error) return unfit("type", "an ERROR has another body");
  if (auto checked = check_entries(dialect, body.protocol_data); !checked) return checked;
  if (dialect == Dialect::btp2) return room(write_btp2(sink, type, request_id, body));
  if (type == MessageType::transfer) return unfit("type", "crosstown has no TRANSFER");
  if (auto checked = check_data(dialect, "ILP packet", body.packet); !checked) return checked;
  return room(write_crosstown(sink, type, request_id, body));
}

bool encode_packet_message(Sink& sink, Dialect dialect, MessageType type, std::uint32_t request_id,
                           const ilp::Packet& packet) noexcept {
  assert(type == MessageType::message || type == MessageType::response);
  const std::uint64_t size = packet_bytes(dialect, packet);
  if (!write_head(sink, type, request_id)) return false;
  if (dialect == Dialect::crosstown) {
    return write_count(sink, dialect, 0) && write_data_length(sink, dialect, size) &&
           encode_packet(sink, dialect, packet);
  }
  const std::uint64_t contents = count_bytes(dialect, 1) + entry_bytes(dialect, packet_entry_name, size);
  return oer::write_length(sink, contents) && write_count(sink, dialect, 1) &&
         write_entry_head(sink, dialect, packet_entry_name, octet_stream, size) &&
         encode_packet(sink, dialect, packet);
}

bool encode_empty_message(Sink& sink, Dialect dialect, MessageType type, std::uint32_t request_id) noexcept {
  assert(type == MessageType::message || type == MessageType::response);
  return encode_message(sink, dialect, type, request_id, {}).ok();
}

Result<void> encode_auth(Sink& sink, Dialect dialect, std::uint32_t request_id, std::string_view peer_id,
                         std::string_view secret) noexcept {
  if (!codec::utf8_valid(peer_id)) return unfit("peer_id", "not UTF-8");
  if (!codec::utf8_valid(secret)) return unfit("secret", "not UTF-8");
  constexpr MessageType type = MessageType::message;
  if (dialect == Dialect::btp2) {
    constexpr std::uint16_t text = 1;
    const std::array<ProtocolData, 3> entries = {{{"auth", octet_stream, {}},
                                                  {"auth_username", text, bytes_of(peer_id)},
                                                  {"auth_token", text, bytes_of(secret)}}};
    return encode_message(sink, dialect, type, request_id, {.protocol_data = entries, .packet = {}});
  }
  SizeSink counter;
  write_auth_json(counter, peer_id, secret);
  if (!fits(counter.size(), 4)) return unfit("secret", "longer than its length field");
  return room(write_head(sink, type, request_id) && write_count(sink, dialect, 1) &&
              write_entry_head(sink, dialect, "auth", octet_stream, counter.size()) &&
              write_auth_json(sink, peer_id, secret) && write_data_length(sink, dialect, 0));
}

Result<void> encode_error(Sink& sink, Dialect dialect, std::uint32_t request_id,
                          const ErrorBody& error) noexcept {
  if (auto checked = check_text(dialect, "code", error.code); !checked) return checked;
  if (dialect == Dialect::btp2 && error.code.size() != ilp::code_bytes)
    return unfit("code", "not 3 characters");
  if (auto checked = check_text(dialect, "name", error.name); !checked) return checked;
  if (!is_writable(error.triggered_at)) return unfit("triggered_at", "not in the years 1970 to 9999");
  if (auto checked = check_data(dialect, "data", error.data); !checked) return checked;
  if (auto checked = check_entries(dialect, error.protocol_data); !checked) return checked;
  const TimeText time = write_time(error.triggered_at, error_time_format(dialect));
  constexpr MessageType type = MessageType::error;
  if (dialect == Dialect::crosstown) {
    if (!error.protocol_data.empty()) return unfit("protocol data", "an ERROR of crosstown has none");
    return room(write_head(sink, type, request_id) && write_text(sink, dialect, error.code) &&
                write_text(sink, dialect, error.name) && write_text(sink, dialect, time.view()) &&
                write_data(sink, dialect, error.data));
  }
  const std::uint64_t contents = error.code.size() + text_bytes(dialect, error.name.size()) +
                                 text_bytes(dialect, time.size) + data_bytes(dialect, error.data.size()) +
                                 count_bytes(dialect, error.protocol_data.size()) +
                                 entries_bytes(dialect, error.protocol_data);
  return room(write_head(sink, type, request_id) && oer::write_length(sink, contents) &&
              sink.write(error.code) && write_text(sink, dialect, error.name) &&
              write_text(sink, dialect, time.view()) && write_data(sink, dialect, error.data) &&
              write_count(sink, dialect, error.protocol_data.size()) &&
              write_entries(sink, dialect, error.protocol_data));
}

}  // namespace kedge::btp
