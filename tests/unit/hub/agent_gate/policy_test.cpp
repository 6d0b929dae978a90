#include "hub/agent_gate/policy.hpp"

#include "support/cmocka.hpp"

using namespace kedge::hub::agent_gate;

static void a_pattern_without_wildcards_matches_only_itself(void**) {
  EXPECT(glob_matches("read", "read"), "itself");
  EXPECT(!glob_matches("read", "reads") && !glob_matches("reads", "read"), "nothing longer or shorter");
  EXPECT(!glob_matches("", "a") && glob_matches("", ""), "the empty pattern only the empty name");
  EXPECT(!glob_matches("read", "Read"), "case to count");
}

static void wildcards_match_any_text_and_one_byte(void**) {
  EXPECT(glob_matches("*", "") && glob_matches("*", "anything"), "a star everything");
  EXPECT(glob_matches("ha_*_state", "ha_get_state") && !glob_matches("ha_*_state", "ha_get_states"),
         "a star in the middle");
  EXPECT(glob_matches("*a*b", "xaxbxb") && !glob_matches("*a*b", "xbxa"), "two stars, tried again");
  EXPECT(glob_matches("?x", "ax") && !glob_matches("?x", "x"), "a question mark exactly one");
  EXPECT(glob_matches("a**", "a") && !glob_matches("a?*", "a"), "stars at the end nothing");
}

static void a_hostile_pattern_ends_soon(void**) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "*a";
  EXPECT(!glob_matches(pattern + "b", std::string(5000, 'a')), "no match, and no exponential search");
}

static void the_first_rule_that_matches_decides_and_without_one_it_is_denied(void**) {
  Policy policy;
  EXPECT(policy.decide("read") == Decision::deny, "an empty policy to deny");
  policy.add("read_secret", Decision::deny);
  policy.add("read_*", Decision::allow);
  policy.add("read_log", Decision::ask);
  EXPECT(policy.decide("read_secret") == Decision::deny, "the first rule");
  EXPECT(policy.decide("read_log") == Decision::allow, "a later rule not to count");
  EXPECT(policy.decide("write") == Decision::deny, "no rule to mean denied");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_pattern_without_wildcards_matches_only_itself),
      cmocka_unit_test(wildcards_match_any_text_and_one_byte),
      cmocka_unit_test(a_hostile_pattern_ends_soon),
      cmocka_unit_test(the_first_rule_that_matches_decides_and_without_one_it_is_denied),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
