// Messages of btp2 by our codecs, for btp_codec_test.py. Each line is a message in hexadecimal and what it
// says; `generate SEED COUNT` makes them up, `copy` reads such lines, decodes the messages and encodes them
// again.
#include "codec/hex.hpp"

#include "btp_maker.hpp"

#include <cstdlib>
#include <iostream>

using namespace kedge;
using namespace kedge::test;
using btp::MessageType;

namespace {

constexpr btp::Dialect btp2 = btp::Dialect::btp2;

class StringSink final : public Sink {
 public:
  using Sink::write;
  bool write(std::span<const std::byte> bytes) noexcept override {
    text += text_of(bytes);
    return true;
  }
  std::string text;
};

// --- hexadecimal -------------------------------------------------------------------------------------

std::string digits(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    text += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4U];
    text += "0123456789abcdef"[static_cast<unsigned char>(c) & 15U];
  }
  return text;
}

std::string hex(std::string_view bytes) {
  return bytes.empty() ? "-" : digits(bytes);
}
std::string hex(std::span<const std::byte> bytes) {
  return hex(text_of(bytes));
}

std::string from_hex(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes += static_cast<char>(codec::hex_digit(text[i]) * 16 + codec::hex_digit(text[i + 1]));
  }
  return bytes;
}

// --- what a message says, as btp_codec.js writes it --------------------------------------------------

std::string milliseconds(WallTime time) {
  return std::to_string(time.time_since_epoch().count());
}

std::string described(const ilp::Packet& packet) {
  if (const auto* prepare = std::get_if<ilp::Prepare>(&packet)) {
    return " prepare " + std::to_string(prepare->amount) + ' ' + milliseconds(prepare->expires_at) + ' ' +
           hex(prepare->condition) + ' ' + std::string(prepare->destination) + ' ' + hex(prepare->data);
  }
  if (const auto* fulfill = std::get_if<ilp::Fulfill>(&packet)) {
    return " fulfill " + hex(fulfill->fulfillment) + ' ' + hex(fulfill->data);
  }
  const auto& reject = std::get<ilp::Reject>(packet);
  return " reject " + hex(reject.code) + ' ' +
         (reject.triggered_by.empty() ? "-" : std::string(reject.triggered_by)) + " ~" +
         digits(reject.message) + ' ' + hex(reject.data);
}

std::string described(const BtpMessage& message) {
  std::string text =
      std::to_string(static_cast<int>(message.type)) + ' ' + std::to_string(message.request_id);
  if (message.type == btp::MessageType::transfer) text += ' ' + std::to_string(message.amount);
  if (message.type == btp::MessageType::error) {
    const btp::ErrorBody& error = message.error;
    text += ' ' + hex(error.code) + ' ' + hex(error.name) + ' ' + milliseconds(error.triggered_at) + " ~" +
            digits(text_of(error.data));
  }
  for (const auto& entry : message.entries) {
    text += ' ' + hex(entry.name) + '/' + std::to_string(entry.content_type) + '/' + hex(entry.data);
  }
  return text + (message.packet ? described(*message.packet) : " none");
}

// --- encoding: with the function that the message asks for -------------------------------------------

bool is_auth(const BtpMessage& message) {
  return message.type == btp::MessageType::message && message.entries.size() == 3 &&
         message.entries[0].name == "auth" && message.entries[0].data.empty() &&
         message.entries[0].content_type == 0 && message.entries[1].name == "auth_username" &&
         message.entries[1].content_type == 1 && message.entries[2].name == "auth_token" &&
         message.entries[2].content_type == 1;
}

Result<void> encode(Sink& sink, const BtpMessage& message) {
  if (message.type == btp::MessageType::error) {
    btp::ErrorBody error = message.error;
    error.protocol_data = message.entries;
    return btp::encode_error(sink, btp2, message.request_id, error);
  }
  const bool transfer = message.type == btp::MessageType::transfer;
  if (!transfer && message.entries.empty()) {
    btp::encode_empty_message(sink, btp2, message.type, message.request_id);
    return {};
  }
  if (!transfer && message.entries.size() == 1 && message.packet) {
    btp::encode_packet_message(sink, btp2, message.type, message.request_id, *message.packet);
    return {};
  }
  if (is_auth(message)) {
    const Result<void> done = btp::encode_auth(
        sink, btp2, message.request_id, text_of(message.entries[1].data), text_of(message.entries[2].data));
    // Spoiled ones may not be UTF-8; they are as good a message as others.
    if (done) return done;
  }
  btp::MessageBody body{message.entries, {}, message.amount};
  if (message.packet && message.entries[0].name == "ilp") {
    body.packet = message.entries[0].data;
    body.protocol_data = body.protocol_data.subspan(1);
  }
  return btp::encode_message(sink, btp2, message.type, message.request_id, body);
}

/// The line of a message, whose packet is encoded here.
std::string line_of(BtpMessage message) {
  if (message.packet) {
    StringSink packet;
    if (const auto checked = btp::check(btp2, *message.packet); !checked) {
      return "cannot be encoded: " + std::string(checked.error().message());
    }
    btp::encode_packet(packet, btp2, *message.packet);
    const auto entry = std::find_if(message.entries.begin(), message.entries.end(),
                                    [](const btp::ProtocolData& one) { return one.name == "ilp"; });
    entry->data = bytes_of(message.keep(std::move(packet.text)));
  }
  StringSink sink;
  if (const auto done = encode(sink, message); !done) {
    return "cannot be encoded: " + std::string(done.error().message());
  }
  return digits(sink.text) + ' ' + described(message);
}

// --- copying -----------------------------------------------------------------------------------------

std::string copied(const std::string& line) {
  const std::string bytes = from_hex(std::string_view(line).substr(0, line.find(' ')));
  const auto decoded = btp::decode_message(btp2, bytes_of(bytes));
  if (!decoded) return "refused: " + std::string(decoded.error().message());
  BtpMessage message;
  message.type = decoded->type;
  message.request_id = decoded->request_id;
  message.amount = decoded->amount;
  message.error = {decoded->code, decoded->name, decoded->triggered_at, decoded->data, {}};
  for (auto rest = decoded->protocol_data; const auto entry = rest.take();) message.entries.push_back(*entry);
  if (decoded->protocol_data.find("ilp")) {
    const auto packet = btp::decode_packet(btp2, decoded->packet);
    if (!packet) return "refused: packet: " + std::string(packet.error().message());
    message.packet = *packet;
  }
  return line_of(std::move(message));
}

}  // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  const std::string_view mode = argc > 1 ? argv[1] : "";
  if (mode == "generate" && argc == 4) {
    BtpMaker maker(std::strtoull(argv[2], nullptr, 10));
    for (long left = std::strtol(argv[3], nullptr, 10); left > 0; --left)
      std::cout << line_of(maker.message()) << '\n';
    return 0;
  }
  if (mode == "copy" && argc == 2) {
    for (std::string line; std::getline(std::cin, line);) std::cout << copied(line) << '\n';
    return 0;
  }
  std::cerr << "usage: btp_codec generate SEED COUNT | copy\n";
  return 2;
}
