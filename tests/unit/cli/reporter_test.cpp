#include "cli/reporter.hpp"

#include <unistd.h>

#include <cstdio>
#include <string>

#include "support/cmocka.hpp"

namespace {

using namespace kedge;

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
      cmocka_unit_test(a_result_on_standard_error_says_whose_it_is),
      cmocka_unit_test(a_note_for_a_program_has_its_count),
      cmocka_unit_test(what_repeats_itself_is_told_once_and_debug_tells_all),
      cmocka_unit_test(what_is_below_the_level_is_not_told),
      cmocka_unit_test(what_a_terminal_takes_for_commands_is_escaped_in_results_and_words),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
