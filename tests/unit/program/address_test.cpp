#include "program/address.hpp"

#include "support/cmocka.hpp"

using namespace kedge;
using namespace kedge::program;

static void literals_with_a_port_are_read_and_spelled_back(void**) {
  for (const char* text : {"127.0.0.1:0", "10.1.2.3:65535", "[::1]:80", "[fd00::1]:8443"}) {
    const auto address = parse_address(text);
    EXPECT(address.has_value(), text);
    EXPECT_TEXT(to_string(*address), text);
  }
}

static void a_port_alone_needs_a_default(void**) {
  EXPECT(!parse_address("80"), "no address");
  EXPECT_TEXT(to_string(*parse_address("80", "127.0.0.1")), "127.0.0.1:80");
}

static void anything_else_is_refused(void**) {
  for (const char* text : {"", ":", "localhost:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:80",
                           "[::1]", "[]:1", "127.0.0.1:8x", "127.0.0.1:-1", "[127.0.0.1]:80"}) {
    EXPECT(!parse_address(text), text);
  }
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(literals_with_a_port_are_read_and_spelled_back),
      cmocka_unit_test(a_port_alone_needs_a_default),
      cmocka_unit_test(anything_else_is_refused),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
