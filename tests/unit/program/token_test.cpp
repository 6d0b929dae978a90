#include "program/token.hpp"

#include "support/certificates.hpp"
#include "support/cmocka.hpp"

#include <cstdlib>
#include <string>

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;
using program::Patience;
using program::take_token;
using program::TokenSource;

namespace {

constexpr const char* variable = "KEDGE_TEST_TOKEN";

std::string taken(std::string_view text) {
  kedge::program::Token token;
  const auto done = take_token(text, token);
  return std::string(done ? token.reveal() : done.error().message());
}

void a_mark_before_and_line_ends_behind_are_no_part_of_a_token(void**) {
  for (const char* text : {"tok 1~", "tok 1~\n", "tok 1~\r\n", "tok 1~\n\n", "\xEF\xBB\xBFtok 1~\r\n"}) {
    EXPECT_TEXT(taken(text), "tok 1~");
  }
}

void nothing_is_no_token(void**) {
  for (const char* text : {"", "\n", "\r\n", "\xEF\xBB\xBF", "\xEF\xBB\xBF\n"})
    EXPECT_TEXT(taken(text), "is empty");
}

void what_is_not_printable_ascii_is_refused_by_its_name(void**) {
  EXPECT_TEXT(taken("a\tb"), "holds U+0009 at byte 2, which is not printable ASCII");
  EXPECT_TEXT(taken("one\ntwo\n"), "holds U+000A at byte 4, which is not printable ASCII");
  EXPECT_TEXT(taken(std::string_view("ab\0", 3)), "holds U+0000 at byte 3, which is not printable ASCII");
  EXPECT_TEXT(taken("\u00a0x"), "holds U+00A0 at byte 1, which is not printable ASCII");
  EXPECT_TEXT(taken("x\u200b"), "holds U+200B at byte 2, which is not printable ASCII");
  EXPECT_TEXT(taken("x\U0001f600"), "holds U+1F600 at byte 2, which is not printable ASCII");
  EXPECT_TEXT(taken("x\xEF\xBB\xBF"), "holds U+FEFF at byte 2, which is not printable ASCII");
  EXPECT_TEXT(taken("x\x7f"), "holds U+007F at byte 2, which is not printable ASCII");
  EXPECT_TEXT(taken("x\xC3"), "holds the byte 0xC3 at byte 2, which is not printable ASCII");
  EXPECT_TEXT(taken("\xFF\xFEt\0"), "is UTF-16: a token is printable ASCII");
}

void a_token_has_at_most_4096_bytes(void**) {
  EXPECT_TEXT(taken(std::string(4096, 'x') + "\r\n"), std::string(4096, 'x'));
  EXPECT_TEXT(taken(std::string(4097, 'x')), "is longer than 4096 bytes");
}

void a_token_that_is_refused_leaves_the_one_before(void**) {
  kedge::program::Token token;
  EXPECT(take_token("good", token).ok() && !take_token("b\x01d", token).ok(), "the second is refused");
  EXPECT_TEXT(token.reveal(), "good");
}

void the_variable_counts_where_no_file_is_named(void**) {
  ::setenv(variable, "of the environment\n", 1);
  TokenSource source("", variable);
  EXPECT(source.is_given() && source.prepare(Patience(0ms)).ok(), "given");
  EXPECT_TEXT(source.last().reveal(), "of the environment");
  ::setenv(variable, "w\x01", 1);
  EXPECT_TEXT(source.prepare(Patience(0ms)).error().message(),
              "KEDGE_TEST_TOKEN: holds U+0001 at byte 2, which is not printable ASCII");
  ::setenv(variable, "", 1);
  EXPECT(!source.is_given(), "nothing is given");
  EXPECT_TEXT(source.prepare(Patience(0ms)).error().message(),
              "no token: set KEDGE_TEST_TOKEN or give --token-file FILE");
}

void what_is_wrong_with_a_file_is_told_with_its_name(void**) {
  TokenSource source("/no/such/file", variable);
  const auto prepared = source.prepare(Patience(0ms));
  EXPECT(prepared.error().kind() == ErrorKind::config, "a matter of configuration");
  EXPECT_TEXT(prepared.error().message(),
              "the token file /no/such/file: cannot be read: No such file or directory");
  EXPECT_TEXT(TokenSource("/dev/null", variable).prepare(Patience(0ms)).error().message(),
              "the token file /dev/null: is empty");
  EXPECT_TEXT(TokenSource("/dev/zero", variable).prepare(Patience(0ms)).error().message(),
              "the token file /dev/zero: is larger than 4160 bytes");
}

void a_file_of_now_gives_the_token_of_now(void**) {
  const std::string path = write_temporary_file("first\n");
  TokenSource source(path, variable);
  EXPECT(source.prepare(Patience(0ms)).ok(), "read");
  std::FILE* writer = std::fopen(path.c_str(), "w");
  std::fputs("second\n", writer);
  std::fclose(writer);
  kedge::program::Token token;
  EXPECT(source.give(token).ok(), "read again");
  EXPECT_TEXT(token.reveal(), "second");
  EXPECT_TEXT(source.last().reveal(), "second");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_mark_before_and_line_ends_behind_are_no_part_of_a_token),
      cmocka_unit_test(nothing_is_no_token),
      cmocka_unit_test(what_is_not_printable_ascii_is_refused_by_its_name),
      cmocka_unit_test(a_token_has_at_most_4096_bytes),
      cmocka_unit_test(a_token_that_is_refused_leaves_the_one_before),
      cmocka_unit_test(the_variable_counts_where_no_file_is_named),
      cmocka_unit_test(what_is_wrong_with_a_file_is_told_with_its_name),
      cmocka_unit_test(a_file_of_now_gives_the_token_of_now),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
