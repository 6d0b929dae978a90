#include "cli/command_line.hpp"

#include "support/cmocka.hpp"

#include <sstream>
#include <vector>

using namespace kedge::cli;

namespace {

struct Read {
  CommandLine line;
  std::string out, err;
};

Read read(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "kedge");
  std::ostringstream out, err;
  CommandLine line = read_command_line(static_cast<int>(arguments.size()), arguments.data(), out, err);
  return {std::move(line), out.str(), err.str()};
}

void a_call_is_read_with_its_options(void**) {
  const Read call =
      read({"agent-gate", "call", "light", "{}", "--url", "ws://h/", "--timeout", "1.5", "--retry"});
  EXPECT(!call.line.done, "something to run");
  EXPECT_TEXT(call.line.options.tool + call.line.options.arguments + call.line.options.url, "light{}ws://h/");
  EXPECT(call.line.options.timeout == std::chrono::milliseconds{1500} && call.line.options.retry,
         "its options");
  EXPECT(read({"agent-gate", "tools", "--url", "ws://h/"}).line.options.verb == GateOptions::Verb::tools,
         "tools");
}

void help_is_printed_and_wrong_usage_is_said(void**) {
  const Read help = read({"--help"});
  EXPECT(help.line.done == ExitCode::ok && !help.out.empty() && help.err.empty(), "help on standard output");
  const Read wrong = read({"agent-gate", "tools", "secret", "--url", "ws://h/"});
  EXPECT(wrong.line.done == ExitCode::usage, "exit code 2");
  EXPECT_TEXT(wrong.err, "kedge: more arguments than it takes (see --help)\n");
}

void a_timeout_is_a_number_of_seconds_in_its_range(void**) {
  for (const char* timeout : {"nan", "-nan", "inf", "0", "-1", "1e10", "x", ""}) {
    const Read wrong = read({"agent-gate", "tools", "--url", "ws://h/", "--timeout", timeout});
    EXPECT(wrong.line.done == ExitCode::usage && wrong.err.find("--timeout") != std::string::npos, timeout);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_call_is_read_with_its_options),
      cmocka_unit_test(help_is_printed_and_wrong_usage_is_said),
      cmocka_unit_test(a_timeout_is_a_number_of_seconds_in_its_range),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
