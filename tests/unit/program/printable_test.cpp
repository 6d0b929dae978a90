#include "program/printable.hpp"

#include <kedge/json.hpp>

#include "program/string_sink.hpp"
#include "support/cmocka.hpp"

#include <string>

using namespace kedge;
using namespace kedge::program;

namespace {

void utf8_is_printed_as_it_is(void**) {
  for (const char* text : {"", "plain", "caf\u00e9 \u20ac \U0001f600", "\u05e9\u05dc\u05d5\u05dd",
                           "\u00a0\u200b\u2027\u202f\u2065"
                           "\u206a",
                           "a \\ and a \"quote\""}) {
    EXPECT_TEXT(printable(text), text);
  }
}

void control_characters_are_escaped(void**) {
  EXPECT_TEXT(printable("\x1b[31mred\x7f\r\n\t"), "\\u001b[31mred\\u007f\\u000d\\u000a\\u0009");
  EXPECT_TEXT(printable(std::string_view("a\0b", 3)), "a\\u0000b");
  EXPECT_TEXT(printable("\u0080\u009b31m\u009f"), "\\u0080\\u009b31m\\u009f");
}

void separators_and_bidirectional_controls_are_escaped(void**) {
  EXPECT_TEXT(printable("\u2028\u2029"), "\\u2028\\u2029");
  EXPECT_TEXT(printable("\u061c\u200e\u200f"), "\\u061c\\u200e\\u200f");
  EXPECT_TEXT(printable("\u202a\u202b\u202c\u202d\u202e"), "\\u202a\\u202b\\u202c\\u202d\\u202e");
  EXPECT_TEXT(printable("\u2066\u2067\u2068\u2069"), "\\u2066\\u2067\\u2068\\u2069");
}

void what_is_not_utf8_has_a_mark_for_each_byte_beyond_ascii(void**) {
  EXPECT_TEXT(printable("cannot open /\xFFz\xC3\xA9\x1b"), "cannot open /?z??\\u001b");
}

void json_is_the_same_json_on_one_line(void**) {
  EXPECT_TEXT(printable_json("{\"a\":\r\n\t\"x\u202e\u009b\x7f\u2028\\n\"}"),
              "{\"a\":   \"x\\u202e\\u009b\\u007f\\u2028\\n\"}");
}

/// What a member becomes.
std::string written(std::string_view text) {
  StringSink sink;
  json::Writer writer(sink);
  writer.begin_object();
  write_text(writer, "m", text);
  writer.end_object();
  EXPECT(writer.finish().ok(), "JSON");
  return sink.take();
}

void a_member_holds_the_text_itself(void**) {
  EXPECT_TEXT(written("caf\u00e9 \"1\" \\"), "{\"m\":\"caf\u00e9 \\\"1\\\" \\\\\"}");
  EXPECT_TEXT(written("\x1b\u202e\u009b"), R"({"m":"\u001b\u202e\u009b"})");
  EXPECT_TEXT(written("\xFFx"), R"({"m":"?x"})");
}

void a_beginning_ends_between_two_characters(void**) {
  for (const std::string& character :
       {std::string("\u00e9"), std::string("\u20ac"), std::string("\U0001f600")}) {
    for (std::size_t before = 0; before <= 4; ++before) {
      const std::string x(before, 'x');
      const std::string all = x + character + "y";
      const std::string fits = before + character.size() <= 4 ? all.substr(0, 4) : x;
      EXPECT_TEXT(beginning(all, 4), fits);
    }
  }
  EXPECT_TEXT(beginning("abc", 3), "abc");
  EXPECT_TEXT(beginning(std::string(100, '\x80'), 10), std::string(7, '\x80'));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(utf8_is_printed_as_it_is),
      cmocka_unit_test(control_characters_are_escaped),
      cmocka_unit_test(separators_and_bidirectional_controls_are_escaped),
      cmocka_unit_test(what_is_not_utf8_has_a_mark_for_each_byte_beyond_ascii),
      cmocka_unit_test(json_is_the_same_json_on_one_line),
      cmocka_unit_test(a_member_holds_the_text_itself),
      cmocka_unit_test(a_beginning_ends_between_two_characters),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
