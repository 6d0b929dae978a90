// Each message is one line of output, whatever it holds.

#include "cli/websocket/message_text.hpp"

#include "support/cmocka.hpp"

#include <span>
#include <string>
#include <string_view>

using namespace kedge;
using namespace kedge::cli::websocket;

namespace {

std::string json_of(MessageType type, std::string_view bytes) {
  return message_json({type, std::as_bytes(std::span(bytes.data(), bytes.size()))});
}

void json_says_of_which_type_a_message_is_and_all_of_it(void**) {
  EXPECT_TEXT(json_of(MessageType::text, "a\n\"b\"\x1b[2J\xC3\xA9"),
              "{\"type\":\"text\",\"text\":\"a\\n\\\"b\\\"\\u001b[2J\xC3\xA9\"}");
  EXPECT_TEXT(json_of(MessageType::text, ""), R"({"type":"text","text":""})");
  EXPECT_TEXT(json_of(MessageType::binary, std::string_view("\0\xFF\n", 3)),
              R"({"type":"binary","base64":"AP8K"})");
}

void a_program_gets_the_text_as_it_is_on_one_line(void**) {
  EXPECT_TEXT(message_line("plain \x1b[1m\t\\n \xC3\xA9", false), "plain \x1b[1m\t\\n \xC3\xA9");
  EXPECT_TEXT(message_line("{\n  \"a\": 1\n}", false), "{   \"a\": 1 }");
}

void a_terminal_gets_no_commands(void**) {
  EXPECT_TEXT(message_line("\x1b]0;title\x07 two\nlines", true), "\\u001b]0;title\\u0007 two\\u000alines");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(json_says_of_which_type_a_message_is_and_all_of_it),
      cmocka_unit_test(a_program_gets_the_text_as_it_is_on_one_line),
      cmocka_unit_test(a_terminal_gets_no_commands),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
