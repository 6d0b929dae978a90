#include "cli/waiting_rows.hpp"

#include "support/cmocka.hpp"

namespace {

using kedge::cli::pending_command;

void the_command_that_fetches_results_holds_no_query(void**) {
  EXPECT_TEXT(pending_command("wss://h/agent?token=secret"), "kedge agent-gate pending --url wss://h/agent");
}

void a_shell_takes_its_url_for_one_word(void**) {
  EXPECT_TEXT(pending_command("ws://[::1]:8080/"), "kedge agent-gate pending --url 'ws://[::1]:8080/'");
  EXPECT_TEXT(pending_command("ws://h/$(reboot)'"),
              R"(kedge agent-gate pending --url 'ws://h/$(reboot)'\''')");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_command_that_fetches_results_holds_no_query),
      cmocka_unit_test(a_shell_takes_its_url_for_one_word),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
