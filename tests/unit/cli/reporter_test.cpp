#include "cli/reporter.hpp"

#include <kedge/json.hpp>

#include <unistd.h>

#include <cstdio>
#include <string>

#include "support/cmocka.hpp"

namespace {

using namespace kedge;

agent_gate::ResultRow row() {
  agent_gate::ResultRow row;
  row.request_id = "14";
  row.tool = "door";
  row.args = R"({"door":1})";
  row.status = "executed";
  row.result = R"({"status":"executed","data":{}})";
  return row;
}

bool is_object(const std::string& text) {
  json::Reader reader(8);
  reader.feed(text, true);
  json::Token token = reader.next();
  const bool object = token == json::Token::begin_object;
  while (token != json::Token::end && token != json::Token::error) token = reader.next();
  return object && token == json::Token::end;
}

void a_row_is_an_object_with_its_json_as_json(void**) {
  EXPECT_TEXT(cli::row_as_json(row()),
              R"({"request_id":"14","tool":"door","args":{"door":1},"status":"executed",)"
              R"("result":{"status":"executed","data":{}}})");
}

void what_is_no_json_in_a_row_is_a_string(void**) {
  agent_gate::ResultRow broken = row();
  broken.args = R"({"door":)";
  const std::string text = cli::row_as_json(broken);
  EXPECT(is_object(text), "valid JSON");
  EXPECT(test::contains(text, R"("args":"{\"door\":")"), "the text as a string");
}

void what_is_no_utf8_in_a_row_still_gives_json(void**) {
  agent_gate::ResultRow broken = row();
  broken.tool = "d\xFFor";
  broken.result = "\xC0\xAF";
  const std::string text = cli::row_as_json(broken);
  EXPECT(is_object(text), "valid JSON");
  EXPECT(test::contains(text, R"("tool":"d?or")"), "a mark for what could not be shown");
}

void json_nested_too_deep_to_stand_in_a_line_is_a_string(void**) {
  agent_gate::ResultRow deep = row();
  const std::string brackets = std::string(253, '[') + std::string(253, ']');
  const std::string args = "{\"deep\":" + brackets + "}";
  deep.args = args;
  EXPECT(json::parse(cli::row_as_json(deep), 254).ok(), "one level is left for the line around it");
}

void a_row_too_large_says_so_with_its_size(void**) {
  agent_gate::ResultRow large;
  large.request_id = "14";
  large.too_large = true;
  large.bytes = 300000;
  // No fields that were not read.
  EXPECT_TEXT(cli::row_as_json(large), R"({"request_id":"14","tool":"","too_large":true,"bytes":300000})");
}

void a_row_tells_whether_it_was_too_large_itself_and_not_what_is_in_it(void**) {
  agent_gate::ResultRow large;
  large.too_large = true;
  large.bytes = 5000000000;
  const auto bytes = cli::too_large_bytes(cli::row_as_json(large));
  EXPECT(bytes && *bytes == 5000000000, "its size");
  agent_gate::ResultRow fine = row();
  fine.args = R"({"too_large":true,"bytes":7})";
  fine.result = R"({"status":"executed","data":1,"too_large":true,"bytes":7})";
  EXPECT(!cli::too_large_bytes(cli::row_as_json(fine)), "members of others");
  const std::string deep = "{\"deep\":" + std::string(252, '[') + std::string(252, ']') + "}";
  large.args = deep;
  EXPECT(cli::too_large_bytes(cli::row_as_json(large)).has_value(), "as deep as a row may be");
  for (const char* other : {"1", "[]", "{", R"({"too_large":1,"bytes":7})", R"({"too_large":false})"}) {
    EXPECT(!cli::too_large_bytes(other), other);
  }
}

/// What is printed on a descriptor meanwhile.
template <class Print>
std::string printed_on(int descriptor, Print print) {
  std::FILE* file = std::tmpfile();
  std::fflush(stdout);
  const int before = ::dup(descriptor);
  ::dup2(::fileno(file), descriptor);
  print();
  std::fflush(stdout);
  ::dup2(before, descriptor);
  ::close(before);
  std::rewind(file);
  std::string text(64 * 1024, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  return text;
}

/// What becomes of a command's words, each without its time.
std::string told(cli::Reporter::Style style) {
  const std::string all = printed_on(STDERR_FILENO, [style] {
    cli::Reporter reporter(style);
    const Error refused(ErrorKind::connection, "refused");
    for (int times = 0; times < 2; ++times) {
      reporter.state(LinkState::connecting, {});
      reporter.log(LogRecord{LogLevel::debug, "send", "h:443", "auth 1, 20 bytes"});
      reporter.log(LogRecord{LogLevel::info, "retry", "h:443", "the next attempt is in 1000 ms"});
      reporter.state(LinkState::waiting, refused);
    }
    reporter.error(refused);
  });
  std::string lines;
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t end = all.find('\n', at);
    lines += all.substr(at + 13, end - at - 12);
    at = end + 1;
  }
  return lines;
}

void what_repeats_itself_is_told_once_and_debug_tells_all(void**) {
  EXPECT_TEXT(told({}),
              "connecting\nretry: the next attempt is in 1000 ms\nwaiting: connection: refused\n"
              "error: connection: refused\n");
  const std::string all =
      "connecting\nsend: auth 1, 20 bytes\nretry: the next attempt is in 1000 ms\nwaiting: connection: "
      "refused\n";
  EXPECT_TEXT(told({.least = LogLevel::debug}), all + all + "error: connection: refused\n");
}

void what_is_below_the_level_is_not_told(void**) {
  EXPECT_TEXT(told({.least = LogLevel::warning}),
              "waiting: connection: refused\nerror: connection: refused\n");
  EXPECT_TEXT(told({.least = LogLevel::error}), "error: connection: refused\n");
}

void a_result_on_standard_error_says_whose_it_is(void**) {
  using Owner = cli::Reporter::Owner;
  const std::string words = printed_on(STDERR_FILENO, [] {
    cli::Reporter reporter({});
    reporter.unclaimed("{\"n\":1}", Owner::earlier);
    reporter.unclaimed("{\"n\":2}", Owner::this_call);
  });
  EXPECT(test::contains(words, "a result of an earlier request: {\"n\":1}\n"), "of another");
  EXPECT(test::contains(words, "the result of this call: {\"n\":2}\n"), "its own");
  const std::string lines = printed_on(STDERR_FILENO, [] {
    cli::Reporter reporter({.json = true});
    reporter.unclaimed("{\"n\":1}", Owner::earlier);
    reporter.unclaimed("{\"n\":2}", Owner::this_call);
  });
  EXPECT(test::contains(lines, R"("event":"unclaimed","row":{"n":1}})"), "of another, for a program");
  EXPECT(test::contains(lines, R"("event":"unclaimed","own":true,"row":{"n":2}})"), "its own, for a program");
}

void a_note_for_a_program_has_its_count(void**) {
  const std::string line = printed_on(STDERR_FILENO, [] { cli::Reporter({.json = true}).note("3 wait", 3); });
  EXPECT(test::contains(line, R"("event":"note","message":"3 wait","count":3})"), "as a number");
}

void what_a_terminal_takes_for_commands_is_escaped_in_results_and_words(void**) {
  EXPECT_TEXT(printed_on(STDOUT_FILENO,
                         [] {
                           cli::Reporter reporter({});
                           EXPECT(reporter.result("{\"a\":\r\n\"\u009b2J\u202e caf\u00e9\"}").ok(),
                                  "printed");
                         }),
              "{\"a\":  \"\\u009b2J\\u202e caf\u00e9\"}\n");
  const std::string errors = printed_on(STDERR_FILENO, [] {
    cli::Reporter({}).error(Error(ErrorKind::remote, "\x1b[2J\u202e caf\u00e9"));
    cli::Reporter({.json = true}).error(Error(ErrorKind::remote, "\x1b[2J\u202e caf\u00e9"));
  });
  EXPECT(test::contains(errors, "error: remote: \\u001b[2J\\u202e caf\u00e9\n"), "a person's");
  EXPECT(test::contains(errors, "\"\\u001b[2J\\u202e caf\u00e9\""), "a program's");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_row_is_an_object_with_its_json_as_json),
      cmocka_unit_test(what_is_no_json_in_a_row_is_a_string),
      cmocka_unit_test(what_is_no_utf8_in_a_row_still_gives_json),
      cmocka_unit_test(json_nested_too_deep_to_stand_in_a_line_is_a_string),
      cmocka_unit_test(a_row_too_large_says_so_with_its_size),
      cmocka_unit_test(a_row_tells_whether_it_was_too_large_itself_and_not_what_is_in_it),
      cmocka_unit_test(a_result_on_standard_error_says_whose_it_is),
      cmocka_unit_test(a_note_for_a_program_has_its_count),
      cmocka_unit_test(what_repeats_itself_is_told_once_and_debug_tells_all),
      cmocka_unit_test(what_is_below_the_level_is_not_told),
      cmocka_unit_test(what_a_terminal_takes_for_commands_is_escaped_in_results_and_words),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
