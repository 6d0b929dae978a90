#include <kedge/client.hpp>

#include "support/cmocka.hpp"

using namespace kedge;

static void every_state_has_the_name_of_the_documentation(void**) {
  EXPECT_TEXT(to_string(LinkState::idle), "idle");
  EXPECT_TEXT(to_string(LinkState::connecting), "connecting");
  EXPECT_TEXT(to_string(LinkState::authenticating), "authenticating");
  EXPECT_TEXT(to_string(LinkState::ready), "ready");
  EXPECT_TEXT(to_string(LinkState::waiting), "waiting");
  EXPECT_TEXT(to_string(LinkState::closing), "closing");
  EXPECT_TEXT(to_string(LinkState::closed), "closed");
  EXPECT_TEXT(to_string(static_cast<LinkState>(99)), "unknown");
}

int main() {
  const CMUnitTest tests[] = {cmocka_unit_test(every_state_has_the_name_of_the_documentation)};
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
