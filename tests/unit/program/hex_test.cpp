#include "program/hex.hpp"

#include "support/cmocka.hpp"

using namespace kedge::program;

namespace {

void every_byte_becomes_two_digits_and_back(void**) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  const std::string digits = to_hex(std::as_bytes(std::span(all)));
  EXPECT(digits.size() == 512 && digits.starts_with("000102") && digits.ends_with("fdfeff"), "lower case");
  EXPECT_TEXT(*from_hex(digits), all);
  EXPECT_TEXT(*from_hex("4a4B"), "JK");
  EXPECT_TEXT(*from_hex(""), "");
}

void what_is_no_pair_of_digits_is_refused(void**) {
  for (const char* text : {"0", "000", "0g", "g0", " 00", "0x00", "00 "}) EXPECT(!from_hex(text), text);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(every_byte_becomes_two_digits_and_back),
      cmocka_unit_test(what_is_no_pair_of_digits_is_refused),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
