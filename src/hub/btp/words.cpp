#include "words.hpp"

#include "../../program/string_sink.hpp"

namespace kedge::hub::btp {

using kedge::btp::Dialect;
using kedge::btp::MessageType;
using program::StringSink;

std::string packet_message(Dialect dialect, MessageType type, std::uint32_t request_id,
                           const ilp::Packet& packet) {
  StringSink sink;
  (void)kedge::btp::encode_packet_message(sink, dialect, type, request_id, packet);
  return sink.take();
}

std::string empty_response(Dialect dialect, std::uint32_t request_id) {
  StringSink sink;
  (void)kedge::btp::encode_empty_message(sink, dialect, MessageType::response, request_id);
  return sink.take();
}

std::string error_message(Dialect dialect, std::uint32_t request_id, std::string_view code,
                          std::string_view name, std::string_view data, WallTime now) {
  StringSink sink;
  const kedge::btp::ErrorBody body{code, name, now, std::as_bytes(std::span(data.data(), data.size()))};
  (void)kedge::btp::encode_error(sink, dialect, request_id, body);
  return sink.take();
}

}  // namespace kedge::hub::btp
