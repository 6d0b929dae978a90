// A header is split as one writes it, and a credential is sent to its own place.

#include "cli/websocket/header_line.hpp"

#include "support/cmocka.hpp"

#include <string>

using namespace kedge::cli::websocket;

namespace {

void a_header_is_a_name_and_a_value_without_the_spaces_around_it(void**) {
  const HeaderLine header = split_header("Origin:  https://a.example:8443/\t\r");
  EXPECT_TEXT(std::string(header.name), "Origin");
  EXPECT_TEXT(std::string(header.value), "https://a.example:8443/");
  EXPECT_TEXT(std::string(split_header("X-Empty:").value), "");
  EXPECT_TEXT(std::string(split_header("no colon").name), "");
}

void what_is_no_header_is_said(void**) {
  for (const char* line : {"", "Origin", ": value"}) {
    EXPECT_TEXT(why_no_header(line, true), "not of the form 'Name: value'");
  }
  EXPECT_TEXT(why_no_header("Origin: a", true), "");
}

void a_credential_has_another_place_and_is_not_repeated(void**) {
  for (const bool on_command_line : {true, false}) {
    EXPECT(kedge::test::contains(why_no_header("authorization: Bearer hush", on_command_line),
                                 "--bearer or --basic"),
           "where it goes");
    EXPECT(kedge::test::contains(why_no_header("Proxy-Authorization: Basic hush", on_command_line),
                                 "proxy's URL"),
           "where it goes");
    EXPECT(!kedge::test::contains(why_no_header("AUTHORIZATION: hush", on_command_line), "hush"),
           "not told again");
  }
  EXPECT(kedge::test::contains(why_no_header("Cookie: session=hush", true), "--header @FILE"),
         "where it goes");
  EXPECT_TEXT(why_no_header("Cookie: session=hush", false), "");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_header_is_a_name_and_a_value_without_the_spaces_around_it),
      cmocka_unit_test(what_is_no_header_is_said),
      cmocka_unit_test(a_credential_has_another_place_and_is_not_repeated),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
