#include "agent/command_line.hpp"

#include "agent/settings.hpp"
#include "support/cmocka.hpp"

#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

using namespace kedge::agent;
using namespace kedge::test;

namespace {

struct Read {
  CommandLine line;
  std::string out, err;
};

Read read(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "kedge-agent");
  std::ostringstream out, err;
  CommandLine line = read_command_line(static_cast<int>(arguments.size()), arguments.data(), out, err);
  return {std::move(line), out.str(), err.str()};
}

void a_file_may_be_named_and_need_not_be(void**) {
  EXPECT(!read({}).line.done && read({}).line.config_file.empty(), "nothing");
  EXPECT_TEXT(read({"--config", "/etc/agent.json"}).line.config_file, "/etc/agent.json");
  EXPECT(read({"--check"}).line.check && !read({}).line.check, "to be checked alone when that is asked for");
}

void help_lists_every_variable(void**) {
  const Read help = read({"--help"});
  EXPECT(help.line.done == AgentExit::ok && help.err.empty(), "help on standard output");
  for (const SettingWords& setting : setting_table().words) {
    EXPECT(contains(help.out, setting.name) && contains(help.out, setting.meaning), setting.name.data());
  }
  for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
    EXPECT(contains(help.out, name), name);
}

void wrong_usage_is_said_without_repeating_it(void**) {
  const Read wrong = read({"s3cret"});
  EXPECT(wrong.line.done == AgentExit::usage && wrong.out.empty(), "exit code 2");
  EXPECT_TEXT(wrong.err, "kedge-agent: more arguments than it takes (see --help)\n");
}

/// The level that is read, or what is said of it.
std::string level(std::vector<const char*> more, const char* variable) {
  ::setenv("KEDGE_LOG_LEVEL", variable, 1);
  std::vector<const char*> all = {};
  all.insert(all.end(), more.begin(), more.end());
  const Read got = read(all);
  ::unsetenv("KEDGE_LOG_LEVEL");
  if (got.line.done) return got.err;
  return std::string(to_string(got.line.log_level));
}

void the_log_level_is_the_command_lines_before_the_environments(void**) {
  EXPECT_TEXT(level({}, ""), "info");
  EXPECT_TEXT(level({}, "Warning"), "warning");
  EXPECT_TEXT(level({"--log-level", "debug"}, "error"), "debug");
  EXPECT_TEXT(level({"--log-level", "error"}, "no level"), "error");
  EXPECT_TEXT(level({}, "verbose"),
              "kedge-agent: KEDGE_LOG_LEVEL: not debug, info, warning or error (see --help)\n");
  EXPECT_TEXT(level({"--log-level", "verbose"}, ""),
              "kedge-agent: --log-level: not debug, info, warning or error (see --help)\n");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_file_may_be_named_and_need_not_be),
      cmocka_unit_test(help_lists_every_variable),
      cmocka_unit_test(wrong_usage_is_said_without_repeating_it),
      cmocka_unit_test(the_log_level_is_the_command_lines_before_the_environments),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
