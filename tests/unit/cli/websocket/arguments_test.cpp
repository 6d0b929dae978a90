// The command line of `kedge websocket`.

#include "cli/websocket/options.hpp"

#include "support/cmocka.hpp"
#include "support/kedge_line.hpp"

#include <cstdlib>
#include <string>
#include <vector>

using namespace kedge;
using namespace kedge::cli;
using namespace std::chrono_literals;
using cli::websocket::Options;
using kedge::websocket::CredentialKind;
using test::Read;

namespace {

Read read(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "websocket");
  return test::read_line(std::move(arguments));
}

Options options(std::vector<const char*> arguments) {
  return test::options_of<Options>(read(std::move(arguments)), "websocket");
}

std::string said(std::vector<const char*> arguments) {
  const Read got = read(std::move(arguments));
  EXPECT(got.line.done == ExitCode::usage, "exit code 2");
  return got.err;
}

void the_url_stands_by_itself_or_behind_its_option_or_in_the_environment(void**) {
  ::unsetenv("KEDGE_URL");
  EXPECT_TEXT(options({"ws://h/"}).url, "ws://h/");
  EXPECT_TEXT(options({"--url", "ws://h/"}).url, "ws://h/");
  EXPECT_TEXT(said({}), "kedge: URL, or KEDGE_URL is required (see --help)\n");
  ::setenv("KEDGE_URL", "ws://environment/", 1);
  EXPECT_TEXT(options({}).url, "ws://environment/");
  EXPECT_TEXT(options({"ws://h/"}).url, "ws://h/");
  ::unsetenv("KEDGE_URL");
}

void unless_told_otherwise_it_shows_no_credential_and_waits_for_ever(void**) {
  const Options usual = options({"ws://h/"});
  EXPECT(usual.credential == CredentialKind::none && !usual.lineless, "no credential, no limit");
  EXPECT(!usual.binary && !usual.json && !usual.listen && !usual.resend && !usual.retry, "nothing else");
  EXPECT(usual.linger == 0ms && usual.headers.empty() && usual.subprotocols.empty(), "nothing else");
  EXPECT_TEXT(usual.user_agent, "");
}

void what_may_be_repeated_takes_no_more_than_its_value(void**) {
  const Options given = options({"--header", "Origin: https://a/", "--subprotocol", "chat.v2", "--header",
                                 "@file", "--subprotocol", "chat.v1", "--header=X-A: 1,2", "ws://h/"});
  EXPECT_TEXT(given.url, "ws://h/");
  EXPECT(given.headers == std::vector<std::string>({"Origin: https://a/", "@file", "X-A: 1,2"}), "as given");
  EXPECT(given.subprotocols == std::vector<std::string>({"chat.v2", "chat.v1"}), "in their order");
}

void its_options_are_read(void**) {
  const Options given =
      options({"ws://h/", "--binary", "--json", "--resend", "--retry", "--listen", "--bearer", "--token-file",
               "t", "--timeout", "2.5", "--user-agent", "probe/1"});
  EXPECT(given.binary && given.json && given.resend && given.retry && given.listen, "flags");
  EXPECT(given.credential == CredentialKind::bearer && given.lineless == 2500ms, "credential and limit");
  EXPECT_TEXT(given.token_file + given.user_agent, "tprobe/1");
  EXPECT(options({"ws://h/", "--basic"}).credential == CredentialKind::basic, "the other one");
  EXPECT(options({"ws://h/", "--linger", "0.5"}).linger == 500ms, "a while");
}

void what_does_not_go_together_is_said(void**) {
  EXPECT(test::contains(said({"ws://h/", "--basic", "--bearer"}), "--basic"), "one or the other");
  EXPECT(test::contains(said({"ws://h/", "--listen", "--linger", "1"}), "--linger"), "one or the other");
  EXPECT(test::contains(said({"ws://h/", "--token-file", "t"}), "--bearer or --basic"), "how it is shown");
  EXPECT_TEXT(said({"ws://h/", "ws://hush/"}), "kedge: more arguments than it takes (see --help)\n");
}

void no_secret_stands_on_the_command_line_nor_in_what_is_said_of_it(void**) {
  for (const char* header :
       {"Authorization: Bearer hush", "proxy-authorization: hush", "Cookie: hush", "hush"}) {
    const std::string words = said({"ws://h/", "--header", header});
    EXPECT(test::contains(words, "--header: ") && !test::contains(words, "hush"), words.c_str());
  }
  EXPECT(test::contains(said({"ws://h/", "--header", "@"}), "name of a file"), "no name");
}

void its_help_says_where_messages_go(void**) {
  const Read help = read({"--help"});
  EXPECT(help.line.done == ExitCode::ok, "help");
  for (const char* word : {"URL", "--header", "--subprotocol", "--user-agent", "--basic", "--bearer",
                           "--binary", "--json", "--resend", "--linger", "--listen", "--retry", "--timeout",
                           "Messages are on standard output", "Exit codes:"}) {
    EXPECT(test::contains(help.out, word), word);
  }
  EXPECT(!test::contains(help.out, "agent-gate pending"), "of others' results nothing");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_url_stands_by_itself_or_behind_its_option_or_in_the_environment),
      cmocka_unit_test(unless_told_otherwise_it_shows_no_credential_and_waits_for_ever),
      cmocka_unit_test(what_may_be_repeated_takes_no_more_than_its_value),
      cmocka_unit_test(its_options_are_read),
      cmocka_unit_test(what_does_not_go_together_is_said),
      cmocka_unit_test(no_secret_stands_on_the_command_line_nor_in_what_is_said_of_it),
      cmocka_unit_test(its_help_says_where_messages_go),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
