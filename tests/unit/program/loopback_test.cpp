#include "program/loopback.hpp"

#include "program/address.hpp"

#include "support/cmocka.hpp"

using namespace kedge;

static void this_machines_names_are_loopback(void**) {
  for (const char* host : {"localhost", "LocalHost:99", "127.0.0.1", "127.0.0.1:80", "127.0.0.2:80",
                           "127.255.0.1", "[::1]", "[::1]:80", "[::ffff:127.0.0.2]:80"}) {
    EXPECT(program::is_loopback_authority(host), host);
    EXPECT(program::is_loopback_origin("http://" + std::string(host)), host);
  }
}

static void addresses_only_this_machine_can_reach_are_loopback(void**) {
  for (const char* address :
       {"127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "[::ffff:127.0.0.1]:1", "[::ffff:7f09:909]:1"}) {
    EXPECT(program::is_loopback(*program::parse_address(address)), address);
  }
  for (const char* address : {"0.0.0.0:1", "10.0.0.1:1", "128.0.0.1:1", "[::]:1", "[fe80::1]:1",
                              "[::ffff:10.0.0.1]:1", "[::127.0.0.1]:1", "[1::ffff:127.0.0.1]:1"}) {
    EXPECT(!program::is_loopback(*program::parse_address(address)), address);
  }
}

static void any_other_name_is_not(void**) {
  for (const char* host : {"", "evil.example", "127.0.0.1.evil.example", "10.0.0.1", "user@localhost",
                           "127.1", "127.0.0.2.example", "0.0.0.0", "[::ffff:10.0.0.1]", "[::2]",
                           "localhost:0", "localhost.evil.example"}) {
    EXPECT(!program::is_loopback_authority(host), host);
    EXPECT(!program::is_loopback_origin("http://" + std::string(host)), host);
  }
  for (const char* origin : {"", "null", "localhost", "https://localhost", "http:/localhost"}) {
    EXPECT(!program::is_loopback_origin(origin), origin);
  }
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(this_machines_names_are_loopback),
      cmocka_unit_test(addresses_only_this_machine_can_reach_are_loopback),
      cmocka_unit_test(any_other_name_is_not),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
