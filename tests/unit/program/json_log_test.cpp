#include "program/json_log.hpp"

#include <kedge/port_none.hpp>

#include "support/cmocka.hpp"

#include <unistd.h>

#include <cstdio>
#include <string>

using namespace kedge;

namespace {

/// What a record becomes on standard error.
std::string logged(std::string_view message) {
  std::FILE* file = std::tmpfile();
  EXPECT(file != nullptr, "a file instead of standard error");
  const int before = ::dup(STDERR_FILENO);
  ::dup2(::fileno(file), STDERR_FILENO);
  none::Port port;
  program::write_json_log(port, LogRecord{LogLevel::info, "start", {}, message});
  std::fflush(stderr);
  ::dup2(before, STDERR_FILENO);
  ::close(before);
  std::rewind(file);
  std::string text(16 * 1024, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  return text;
}

std::string line_with(std::string_view message) {
  return R"({"level":"info","event":"start","message":")" + std::string(message) + "\"}\n";
}

void a_record_is_one_line_of_json(void**) {
  EXPECT_TEXT(logged("caf\xC3\xA9 \"1\""), line_with("caf\xC3\xA9 \\\"1\\\""));
}

void a_message_that_is_not_utf8_is_told_with_question_marks(void**) {
  EXPECT_TEXT(logged("cannot open /\xFFz\xC3\xA9"), line_with("cannot open /?z??"));
}

void a_message_of_control_characters_still_fits(void**) {
  std::string escaped;
  for (int i = 0; i < 1024; ++i) escaped += "\\u0001";
  EXPECT_TEXT(logged(std::string(1024, '\x01')), line_with(escaped));
}

void a_message_of_more_than_1024_bytes_is_cut_between_two_characters(void**) {
  EXPECT_TEXT(logged(std::string(5000, 'x')), line_with(std::string(1024, 'x')));
  for (const std::string& character :
       {std::string("\u00e9"), std::string("\u20ac"), std::string("\U0001f600")}) {
    for (std::size_t before = 1020; before <= 1024; ++before) {
      const std::string x(before, 'x');
      const std::string all = x + character + "yyyyy";
      const std::string fits = before + character.size() <= 1024 ? all.substr(0, 1024) : x;
      EXPECT_TEXT(logged(all), line_with(fits));
    }
  }
  EXPECT_TEXT(logged(std::string(5000, '\x80')), line_with(std::string(1021, '?')));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_record_is_one_line_of_json),
      cmocka_unit_test(a_message_that_is_not_utf8_is_told_with_question_marks),
      cmocka_unit_test(a_message_of_control_characters_still_fits),
      cmocka_unit_test(a_message_of_more_than_1024_bytes_is_cut_between_two_characters),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
