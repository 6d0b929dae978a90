// BTP messages in both dialects: what is decoded is encoded again to the same bytes, what can be encoded is
// decoded to the same message, and nothing else.
#include "protocol/btp/message.hpp"

#include "../btp_input.hpp"

using namespace kedge;
using namespace kedge::fuzz;
using btp::Dialect;
using btp::MessageType;
using btp::ProtocolData;

namespace {

struct StringSink final : Sink {
  using Sink::write;
  bool write(std::span<const std::byte> bytes) noexcept override {
    text += as_text(bytes);
    return true;
  }
  std::string text;
};

std::vector<ProtocolData> entries_of(const btp::Message& message, std::string_view bytes) {
  std::vector<ProtocolData> entries;
  btp::ProtocolDataList list = message.protocol_data;
  while (const auto entry = list.take()) {
    PROMISE(lies_in(entry->name, bytes) && lies_in(as_text(entry->data), bytes), "entries are views");
    entries.push_back(*entry);
  }
  PROMISE(entries.size() == message.protocol_data.size(), "as many as counted");
  for (const ProtocolData& entry : entries) {
    PROMISE(message.protocol_data.find(entry.name)->name == entry.name, "each is found by its name");
  }
  return entries;
}

std::string encoded_again(Dialect dialect, const btp::Message& message,
                          const std::vector<ProtocolData>& entries) {
  StringSink sink;
  Result<void> result;
  if (message.type == btp::MessageType::error) {
    result = btp::encode_error(sink, dialect, message.request_id,
                               {message.code, message.name, message.triggered_at, message.data, entries});
  } else {
    // In btp2 the packet is one of the entries.
    const auto packet = dialect == Dialect::crosstown ? message.packet : std::span<const std::byte>{};
    result = btp::encode_message(sink, dialect, message.type, message.request_id,
                                 {entries, packet, message.amount});
  }
  PROMISE(result, "what was decoded can be encoded");
  return sink.text;
}

void decode(Dialect dialect, std::string_view text) {
  const Exact bytes(text);
  const auto message = btp::decode_message(dialect, bytes.bytes());
  if (!message) {
    judge_refusal(message.error(), text.size());
    return;
  }
  PROMISE(lies_in(as_text(message->packet), bytes.text()) && lies_in(message->code, bytes.text()) &&
              lies_in(message->name, bytes.text()) && lies_in(as_text(message->data), bytes.text()),
          "a decoded message is views into its bytes");
  PROMISE(encoded_again(dialect, *message, entries_of(*message, bytes.text())) == text, "to the same bytes");
  for (const std::size_t size : {text.size() - 1, text.size() / 2}) {
    const Exact prefix(text.substr(0, size));
    PROMISE(!btp::decode_message(dialect, prefix.bytes()), "no message is the beginning of another");
  }
}

/// Encodes what comes, and, when it may be, decodes it to the same.
void encode(Dialect dialect, Input fields) {
  const btp::MessageType type =
      std::array{btp::MessageType::response, btp::MessageType::message, btp::MessageType::transfer,
                 btp::MessageType::error}[fields.byte() % 4U];
  const auto request_id = static_cast<std::uint32_t>(fields.number(4));
  const std::uint64_t amount = fields.number(8);
  const std::string_view packet = fields.until(';');
  std::vector<ProtocolData> entries;
  while (!fields.empty()) {
    const auto content_type = static_cast<std::uint16_t>(fields.number(1 + fields.byte() % 2U));
    const std::string_view name = fields.until('=');
    entries.push_back({name, content_type, as_bytes(fields.until(';'))});
  }
  StringSink sink;
  const auto result =
      btp::encode_message(sink, dialect, type, request_id, {entries, as_bytes(packet), amount});
  if (!result) {
    PROMISE(result.error().kind() == ErrorKind::config && sink.text.empty(),
            "what cannot be encoded is not begun");
    return;
  }
  const auto message = btp::decode_message(dialect, as_bytes(sink.text));
  // The encoder leaves it to its caller that there is one packet in btp2.
  const auto is_packet = [](const ProtocolData& entry) { return entry.name == "ilp"; };
  if (dialect == Dialect::btp2 && std::any_of(entries.begin(), entries.end(), is_packet)) return;
  PROMISE(message && message->type == type && message->request_id == request_id,
          "a message that can be decoded");
  PROMISE(as_text(message->packet) == packet, "with its packet");
  PROMISE(type != btp::MessageType::transfer || message->amount == amount, "with its amount");
  auto back = entries_of(*message, sink.text);
  if (dialect == Dialect::btp2 && !packet.empty()) back.erase(back.begin());
  PROMISE(std::equal(back.begin(), back.end(), entries.begin(), entries.end(),
                     [](const ProtocolData& a, const ProtocolData& b) {
                       return a.name == b.name && a.content_type == b.content_type &&
                              as_text(a.data) == as_text(b.data);
                     }),
          "with its protocol data");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const std::uint8_t letter = input.byte();
  const Dialect dialect = dialect_of(letter);
  encode(dialect, input);
  decode(dialect, decoder_input(letter, 5, input.rest()));
  return 0;
}
