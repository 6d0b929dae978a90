#include "cli/pending_command.hpp"

#include "support/cmocka.hpp"

#include <string>
#include <string_view>

namespace {

using kedge::cli::ConnectionOptions;

std::string pending_command(std::string_view url) {
  ConnectionOptions options;
  options.url = url;
  return kedge::cli::pending_command(options, false);
}

void the_command_that_fetches_results_holds_no_query(void**) {
  EXPECT_TEXT(pending_command("wss://h/agent?token=secret"), "kedge agent-gate pending --url wss://h/agent");
}

void a_shell_takes_its_url_for_one_word(void**) {
  EXPECT_TEXT(pending_command("ws://[::1]:8080/"), "kedge agent-gate pending --url 'ws://[::1]:8080/'");
  EXPECT_TEXT(pending_command("ws://h/$(reboot)'"),
              R"(kedge agent-gate pending --url 'ws://h/$(reboot)'\''')");
}

void it_says_of_the_connection_what_was_said_and_waits_for_its_place_where_it_must(void**) {
  ConnectionOptions options;
  options.url = "wss://h/";
  options.ca_file = "my ca.pem";
  options.certificate_file = "me.pem";
  options.key_file = "me.key";
  options.token_file = "/run/token";
  EXPECT_TEXT(kedge::cli::pending_command(options, true),
              "kedge agent-gate pending --retry --url wss://h/ --ca 'my ca.pem' --cert me.pem --key me.key "
              "--token-file /run/token");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_command_that_fetches_results_holds_no_query),
      cmocka_unit_test(a_shell_takes_its_url_for_one_word),
      cmocka_unit_test(it_says_of_the_connection_what_was_said_and_waits_for_its_place_where_it_must),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
