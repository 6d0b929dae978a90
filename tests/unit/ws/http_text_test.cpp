#include "ws/http_text.hpp"

#include "support/cmocka.hpp"

#include <string>

using namespace kedge;

namespace {

void what_does_not_print_is_told_as_an_underscore(void**) {
  Error error(ErrorKind::connection, "to ");
  EXPECT_TEXT(ws::append_visible(error, "https://else\xC3\xA4where/a b").message(),
              "to https://else__where/a_b");
}

void what_is_too_long_is_cut_and_seen_to_be(void**) {
  Error error(ErrorKind::connection, "to ");
  const std::string_view words = ws::append_visible(error, std::string(500, 'x')).message();
  EXPECT(words.ends_with("xxx...") && words.size() == Error::message_max, "cut, and seen to be");
  Error whole;
  const std::string fits(Error::message_max, 'x');
  EXPECT_TEXT(ws::append_visible(whole, fits).message(), fits);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(what_does_not_print_is_told_as_an_underscore),
      cmocka_unit_test(what_is_too_long_is_cut_and_seen_to_be),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
