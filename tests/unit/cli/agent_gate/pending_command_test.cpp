#include "cli/agent_gate/pending_command.hpp"

#include "support/certificates.hpp"
#include "support/cmocka.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

namespace {

using kedge::cli::agent_gate::Options;

std::string pending_command(std::string_view url) {
  Options options;
  options.url = url;
  return kedge::cli::agent_gate::pending_command(options, false);
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
  const std::string file = kedge::test::write_temporary_file("");
  Options options;
  options.url = "wss://h/";
  options.ca_file = options.certificate_file = options.key_file = options.token_file = file;
  EXPECT_TEXT(kedge::cli::agent_gate::pending_command(options, true),
              "kedge agent-gate pending --retry --url wss://h/ --ca " + file + " --cert " + file + " --key " +
                  file + " --token-file " + file);
}

void it_holds_in_another_folder_and_another_environment(void**) {
  const std::string file = kedge::test::write_temporary_file("");
  const std::size_t name = file.rfind('/') + 1;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(file.substr(0, name));
  Options options;
  options.url = "wss://h/";
  options.token_file = file.substr(name);
  setenv("XDG_STATE_HOME", "/var/my state", 1);
  const std::string command = kedge::cli::agent_gate::pending_command(options, false);
  setenv("XDG_STATE_HOME", "not/absolute", 1);
  const std::string without = kedge::cli::agent_gate::pending_command(options, false);
  unsetenv("XDG_STATE_HOME");
  std::filesystem::current_path(before);
  EXPECT_TEXT(command,
              "XDG_STATE_HOME='/var/my state' kedge agent-gate pending --url wss://h/ --token-file " + file);
  EXPECT_TEXT(without, "kedge agent-gate pending --url wss://h/ --token-file " + file);
}

void a_pipe_that_was_read_is_not_named_again(void**) {
  int ends[2];
  EXPECT(pipe(ends) == 0, "a pipe");
  Options options;
  options.url = "wss://h/";
  options.token_file = "/dev/fd/" + std::to_string(ends[0]);
  EXPECT_TEXT(kedge::cli::agent_gate::pending_command(options, false),
              "kedge agent-gate pending --url wss://h/");
  close(ends[0]);
  close(ends[1]);
}

}  // namespace

int main() {
  unsetenv("XDG_STATE_HOME");
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_command_that_fetches_results_holds_no_query),
      cmocka_unit_test(a_shell_takes_its_url_for_one_word),
      cmocka_unit_test(it_holds_in_another_folder_and_another_environment),
      cmocka_unit_test(a_pipe_that_was_read_is_not_named_again),
      cmocka_unit_test(it_says_of_the_connection_what_was_said_and_waits_for_its_place_where_it_must),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
