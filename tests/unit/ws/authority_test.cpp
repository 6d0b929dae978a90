// What a URL's host and port may be is tested in url_test.cpp; here is what only the Host header shows.
#include "ws/authority.hpp"

#include "support/cmocka.hpp"

using namespace kedge::ws;

static void parts_are_views_into_the_text(void**) {
  const Authority plain = parse_authority("example.com");
  EXPECT(plain.fault.empty() && !plain.port && !plain.host_is_ipv6, "a host alone");
  EXPECT_TEXT(plain.host, "example.com");
  const Authority ipv6 = parse_authority("[2001:DB8::1]:8443");
  EXPECT(ipv6.fault.empty() && ipv6.port == 8443 && ipv6.host_is_ipv6, "an IPv6 address with a port");
  EXPECT_TEXT(ipv6.host, "2001:DB8::1");
}

static void what_would_break_out_of_a_header_or_a_path_is_refused(void**) {
  for (const char* text : {"", ":80", "a b", "a/b", "a?b", "a#b", "a\\b", "a@b", "a\r\nb", "a,b", "[::1",
                           "::1", "[::1]x", "[::1%25eth0]", "[::1%eth0]", "h::", "h:+1", "h:00000080"}) {
    EXPECT(!parse_authority(text).fault.empty(), text);
  }
  const Authority no_port = parse_authority("h:");
  EXPECT(no_port.fault.empty() && !no_port.port && no_port.host == "h", "a colon alone, as RFC 3986 allows");
  EXPECT(parse_authority("h:00080").port == 80, "five digits, zeros in front among them");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(parts_are_views_into_the_text),
      cmocka_unit_test(what_would_break_out_of_a_header_or_a_path_is_refused),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
