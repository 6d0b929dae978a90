#include "codec/address_literal.hpp"

#include "support/cmocka.hpp"

using kedge::codec::parse_address_literal;

static std::string hex(std::string_view host) {
  const auto literal = parse_address_literal(host);
  if (!literal) return "no";
  std::string text;
  for (std::size_t i = 0; i < literal->size; ++i) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", literal->bytes[i]);
    text += two;
  }
  return text;
}

static void addresses_are_read(void**) {
  EXPECT_TEXT(hex("192.0.2.255"), "c00002ff");
  EXPECT_TEXT(hex("0.0.0.0"), "00000000");
  EXPECT_TEXT(hex("::"), "00000000000000000000000000000000");
  EXPECT_TEXT(hex("::1"), "00000000000000000000000000000001");
  EXPECT_TEXT(hex("2001:DB8::a"), "20010db800000000000000000000000a");
  EXPECT_TEXT(hex("1:2:3:4:5:6:7:8"), "00010002000300040005000600070008");
  EXPECT_TEXT(hex("1:2:3:4:5:6:7::"), "00010002000300040005000600070000");
  EXPECT_TEXT(hex("fe80::1%eth0"), "fe800000000000000000000000000001");
  EXPECT_TEXT(hex("::ffff:192.0.2.1"), "00000000000000000000ffffc0000201");
  EXPECT_TEXT(hex("1:2:3:4:5:6:1.2.3.4"), "00010002000300040005000601020304");
}

static void everything_else_is_a_name(void**) {
  for (const auto* host : {"",
                           "localhost",
                           "1.2.3",
                           "1.2.3.4.5",
                           "1.2.3.256",
                           "01.2.3.4",
                           "1.2.3.4x",
                           "1..2.3",
                           "1.2.3.",
                           "1234.1.1.1",
                           ":",
                           ":::",
                           "1:",
                           ":1",
                           "1::2::3",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "1:2:3:4:5:6:7:8::",
                           "12345::",
                           "g::",
                           "::1.2.3",
                           "::1.2.3.4:5",
                           "1:2:3:4:5:6:7:1.2.3.4",
                           "[::1]",
                           "%eth0:"}) {
    EXPECT_TEXT(hex(host), "no");
  }
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(addresses_are_read),
      cmocka_unit_test(everything_else_is_a_name),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
