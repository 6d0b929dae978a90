// The command line of `kedge agent-gate`.

#include "cli/agent_gate/options.hpp"

#include "support/cmocka.hpp"
#include "support/kedge_line.hpp"

#include <string>
#include <vector>

using namespace kedge::cli;
using namespace std::chrono_literals;
using kedge::cli::agent_gate::Options;
using kedge::test::Read;

namespace {

Read read(std::vector<const char*> arguments) {
  return kedge::test::read_line(std::move(arguments));
}

Options options_of(const Read& line) {
  return kedge::test::options_of<Options>(line, "agent-gate");
}

void a_call_is_read_with_its_options(void**) {
  const Read call =
      read({"agent-gate", "call", "light", "{}", "--url", "ws://h/", "--timeout", "1.5", "--retry"});
  EXPECT(!call.line.done, "something to run");
  const Options options = options_of(call);
  EXPECT_TEXT(options.tool + options.arguments + options.url, "light{}ws://h/");
  EXPECT(options.timeout == 1500ms && options.retry, "its options");
  const Read tools = read({"agent-gate", "tools", "--url", "ws://h/"});
  EXPECT(options_of(tools).verb == Options::Verb::tools, "tools");
  EXPECT(options_of(tools).timeout == 930s, "an approval's time");
}

void arguments_come_from_the_line_a_file_or_standard_input(void**) {
  const auto call = [](const char* json) {
    return options_of(read({"agent-gate", "call", "x", json, "--url", "ws://h/"}));
  };
  EXPECT_TEXT(call("{}").arguments + call("{}").arguments_file, "{}");
  EXPECT_TEXT(call("@a b").arguments + call("@a b").arguments_file, "a b");
  EXPECT_TEXT(call("-").arguments + call("-").arguments_file, "-");
  EXPECT_TEXT(call("@-").arguments_file, "-");
  EXPECT(read({"agent-gate", "call", "x", "@", "--url", "ws://h/"}).line.done == ExitCode::usage, "no name");
}

void the_other_options_of_a_call_are_read(void**) {
  const auto options = [](std::vector<const char*> more) {
    more.insert(more.begin(), {"agent-gate", "call", "x", "--url", "ws://h/"});
    const Read read_line = read(std::move(more));
    EXPECT(!read_line.line.done, read_line.err.c_str());
    return options_of(read_line);
  };
  const Options usual = options({});
  EXPECT(usual.spool && !usual.quiet && !usual.after_loss && usual.message_bytes_max == 1024 * 1024,
         "defaults");
  const Options given = options({"--no-spool", "--quiet", "--after-loss", "2.5", "--max-message", "16777216",
                                 "--cert", "c", "--key", "k"});
  EXPECT(!given.spool && given.quiet && given.after_loss == 2500ms, "what was given");
  EXPECT(given.message_bytes_max == 16 * 1024 * 1024, "16 MiB at most");
  EXPECT_TEXT(given.certificate_file + given.key_file, "ck");
  EXPECT(options({"--max-message", "02000"}).message_bytes_max == 2000, "decimal, as anywhere else");
  EXPECT(options({"--after-loss", "0"}).after_loss == 0ms, "not at all");
  for (const std::vector<const char*>& wrong :
       std::vector<std::vector<const char*>>{{"--max-message", "16777217"},
                                             {"--max-message", "1023"},
                                             {"--max-message", "-1"},
                                             {"--max-message", "0x400"},
                                             {"--max-message", "1e6"},
                                             {"--max-message", "+2000"},
                                             {"--after-loss", "-1"},
                                             {"--after-loss", "nan"},
                                             {"--cert", "c"},
                                             {"--key", "k"}}) {
    auto line = wrong;
    line.insert(line.begin(), {"agent-gate", "call", "x", "--url", "ws://h/"});
    EXPECT(read(line).line.done == ExitCode::usage, wrong.front());
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_call_is_read_with_its_options),
      cmocka_unit_test(arguments_come_from_the_line_a_file_or_standard_input),
      cmocka_unit_test(the_other_options_of_a_call_are_read),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
