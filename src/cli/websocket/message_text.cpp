#include "message_text.hpp"

#include "../../codec/base64.hpp"
#include "../../program/printable.hpp"
#include "../../program/string_sink.hpp"

#include <algorithm>

namespace kedge::cli::websocket {

std::string message_json(const Message& message) {
  program::StringSink sink;
  json::Writer writer(sink);
  writer.begin_object().member("type", to_string(message.type));
  if (message.type == MessageType::text) {
    program::write_text(writer, "text", message.text());
  } else {
    program::StringSink base64;
    (void)codec::base64_encode(message.bytes, base64);  // such a sink has room
    writer.member("base64", std::string_view(base64.text()));
  }
  writer.end_object();
  return sink.take();
}

std::string message_line(std::string_view text, bool for_terminal) {
  if (for_terminal) return program::printable(text);
  std::string line(text);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

}  // namespace kedge::cli::websocket
