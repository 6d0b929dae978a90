// Each message is printed as its reader asked for it, or it is said, once, that it is not.

#include "cli/websocket/message_printer.hpp"

#include "support/cmocka.hpp"

#include <span>
#include <string>
#include <string_view>

using namespace kedge;
using cli::websocket::MessagePrinter;
using cli::websocket::Options;

namespace {

Message message(MessageType type, std::string_view bytes) {
  return {type, std::as_bytes(std::span(bytes.data(), bytes.size()))};
}

std::optional<std::string> printed(const Options& options, MessageType type, std::string_view bytes) {
  cli::Reporter reporter({.least = LogLevel::error});
  return MessagePrinter(options, reporter).print(message(type, bytes));
}

void a_text_is_a_line_and_a_binary_message_is_not_printed(void**) {
  EXPECT_TEXT(*printed({}, MessageType::text, "a\nb"), "a b\n");
  EXPECT(!printed({}, MessageType::binary, "a"), "nothing");
}

void with_json_each_message_is_an_object(void**) {
  for (const bool binary : {false, true}) {
    Options options;
    options.json = true;
    options.binary = binary;
    EXPECT_TEXT(*printed(options, MessageType::text, "a"), "{\"type\":\"text\",\"text\":\"a\"}\n");
    EXPECT_TEXT(*printed(options, MessageType::binary, "a"), "{\"type\":\"binary\",\"base64\":\"YQ==\"}\n");
  }
}

void with_binary_bytes_come_out_as_they_are(void**) {
  Options options;
  options.binary = true;
  EXPECT_TEXT(*printed(options, MessageType::text, "a\nb"), "a\nb");
  EXPECT_TEXT(*printed(options, MessageType::binary, "\x1b\n"), "\x1b\n");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_text_is_a_line_and_a_binary_message_is_not_printed),
      cmocka_unit_test(with_json_each_message_is_an_object),
      cmocka_unit_test(with_binary_bytes_come_out_as_they_are),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
