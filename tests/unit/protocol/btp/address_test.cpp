#include "protocol/btp/address.hpp"

#include "support/cmocka.hpp"

using namespace kedge;
using namespace kedge::btp;

static void addresses_of_both_dialects(void**) {
  for (const Dialect dialect : {Dialect::crosstown, Dialect::btp2}) {
    for (const char* address : {"g.a", "test.server.bob", "private.0", "example.A_b-C.9", "peer.config",
                                "self.x", "test1.a", "test2.a", "test3.a", "local.a"}) {
      EXPECT_TEXT(address_fault(dialect, address), "");
    }
    for (const char* address : {".", ".g.a", "g.a.", "g..a"}) {
      EXPECT_TEXT(address_fault(dialect, address), "an empty segment");
    }
    for (const char* address :
         {"g.a b", "g.a/b", "g.a\n", " g.a", "g.\xc3\xa4", "g.a+", "g.*", "g.a:b", "g.a@b"}) {
      EXPECT_TEXT(address_fault(dialect, address), "a character outside the alphabet");
    }
    EXPECT_TEXT(address_fault(dialect, std::string_view("g.\0", 3)), "a character outside the alphabet");
  }
}

static void lengths_from_1_to_1023(void**) {
  for (const Dialect dialect : {Dialect::crosstown, Dialect::btp2}) {
    const std::string longest = "g." + std::string(1021, 'a');
    EXPECT_TEXT(address_fault(dialect, ""), "empty");
    EXPECT_TEXT(address_fault(dialect, longest), "");
    EXPECT_TEXT(address_fault(dialect, longest + "a"), "longer than 1023 characters");
  }
}

static void a_tilde_is_refused_in_crosstown_only(void**) {
  EXPECT_TEXT(address_fault(Dialect::crosstown, "g.a~b"), "a character outside the alphabet");
  EXPECT_TEXT(address_fault(Dialect::btp2, "g.a~b"), "");
}

static void an_allocation_scheme_is_wanted_in_btp2_only(void**) {
  for (const char* address : {"g", "test", "bob.alice", "test4.a", "G.a", "ga.b", "~.a"}) {
    EXPECT_TEXT(address_fault(Dialect::btp2, address), "no allocation scheme before the first dot");
    if (*address != '~') EXPECT_TEXT(address_fault(Dialect::crosstown, address), "");
  }
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(addresses_of_both_dialects),
      cmocka_unit_test(lengths_from_1_to_1023),
      cmocka_unit_test(a_tilde_is_refused_in_crosstown_only),
      cmocka_unit_test(an_allocation_scheme_is_wanted_in_btp2_only),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
