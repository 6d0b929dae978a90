#include "cli/command_line.hpp"

#include "support/cmocka.hpp"
#include "support/kedge_line.hpp"

#include <array>
#include <cstdlib>
#include <string>
#include <vector>

using namespace kedge;
using namespace kedge::cli;
using test::Read;

namespace {

Read read(std::vector<const char*> arguments) {
  return test::read_line(std::move(arguments));
}

void help_is_printed_and_wrong_usage_is_said(void**) {
  const Read help = read({"--help"});
  EXPECT(help.line.done == ExitCode::ok && !help.out.empty() && help.err.empty(), "help on standard output");
  const Read wrong = read({"agent-gate", "tools", "secret", "--url", "ws://h/"});
  EXPECT(wrong.line.done == ExitCode::usage, "exit code 2");
  EXPECT_TEXT(wrong.err, "kedge: more arguments than it takes (see --help)\n");
}

// An option and its variable, in each command that has them.
void the_command_line_wins_over_the_environment(void**) {
  struct Case {
    const char* option;
    const char* variable;
    std::string ConnectionOptions::*member;
  };
  const std::array cases = {Case{"--url", "KEDGE_URL", &ConnectionOptions::url},
                            Case{"--ca", "KEDGE_CA", &ConnectionOptions::ca_file}};
  const std::vector<std::vector<const char*>> commands = {{"agent-gate", "call", "light"},
                                                          {"agent-gate", "pending"},
                                                          {"agent-gate", "tools"},
                                                          {"btp", "send", "--to", "test.a", "--amount", "1"},
                                                          {"websocket"}};
  const auto options_of = [](const Read& read) { return read.line.command->options(); };
  for (const auto& command : commands) {
    for (const Case& each : cases) {
      ::setenv("KEDGE_URL", "ws://environment/", 1);
      ::setenv("KEDGE_CA", "environment", 1);
      auto line = command;
      const Read alone = read(line);
      EXPECT(!alone.line.done, alone.err.c_str());
      EXPECT(test::contains(options_of(alone).*each.member, "environment"), "the environment's, when alone");
      for (const char* given : {"ws://given/", ""}) {
        auto both = line;
        both.insert(both.end(), {each.option, given});
        const Read wins = read(both);
        EXPECT(!wins.line.done, wins.err.c_str());
        EXPECT_TEXT(options_of(wins).*each.member, given);
      }
      ::unsetenv(each.variable);
      if (each.member == &ConnectionOptions::ca_file) {
        EXPECT_TEXT(options_of(read(line)).ca_file, "");
      } else {
        EXPECT(test::contains(read(line).err, ", or KEDGE_URL is required (see --help)\n"), "one of them");
      }
    }
  }
  ::unsetenv("KEDGE_CA");
}

void wrong_usage_is_said_as_json_where_that_was_asked_for(void**) {
  EXPECT_TEXT(read({"agent-gate", "tools", "--bogus", "--json"}).err,
              "{\"time_s\":0.000,\"event\":\"error\",\"error\":{\"kind\":\"config\",\"layer\":\"none\","
              "\"layer_code\":0,"
              "\"code\":0,\"message\":\"kedge: not an option here: --bogus (see --help)\"}}\n");
}

void what_was_mistyped_is_named_with_what_was_meant(void**) {
  const auto said = [](std::vector<const char*> line) { return read(std::move(line)).err; };
  EXPECT_TEXT(said({"agent-gate", "cal"}), "kedge: not a command: cal (did you mean call?) (see --help)\n");
  EXPECT_TEXT(said({"agentgate"}),
              "kedge: not a command: agentgate (did you mean agent-gate?) (see --help)\n");
  EXPECT_TEXT(said({"btp", "list"}), "kedge: not a command: list (see --help)\n");
  EXPECT_TEXT(said({"call"}), "kedge: not a command: call (did you mean agent-gate call?) (see --help)\n");
  EXPECT_TEXT(said({"agent-gate", "tools", "--url", "ws://h/", "--timeout", "60s"}),
              "kedge: --timeout: Value 60s is not a number (see --help)\n");
  EXPECT_TEXT(said({"agent-gate", "tools", "--ulr", "ws://h/"}),
              "kedge: not an option here: --ulr (did you mean --url?) (see --help)\n");
  EXPECT_TEXT(said({"agent-gate", "tools", "--url", "ws://h/", "--tiemout=secret"}),
              "kedge: not an option here: --tiemout (did you mean --timeout?) (see --help)\n");
  EXPECT_TEXT(said({"btp", "send", "--dialekt", "btp2"}),
              "kedge: not an option here: --dialekt (did you mean --dialect?) (see --help)\n");
  EXPECT_TEXT(said({"agent-gate", "tools", "--url", "ws://h/", "-x"}),
              "kedge: not an option here: -x (see --help)\n");
  EXPECT(!test::contains(said({"tok-5e61f0a7"}), "5e61"), "what may be a token is not repeated");
}

void the_version_is_told_at_every_level(void**) {
  for (std::vector<const char*> line : std::vector<std::vector<const char*>>{{},
                                                                             {"agent-gate"},
                                                                             {"btp"},
                                                                             {"agent-gate", "call"},
                                                                             {"agent-gate", "pending"},
                                                                             {"agent-gate", "tools"},
                                                                             {"btp", "send"},
                                                                             {"websocket"}}) {
    line.push_back("--version");
    const Read version = read(line);
    EXPECT(version.line.done == ExitCode::ok && version.out.starts_with("kedge "), "name and number");
  }
}

void a_timeout_is_a_number_of_seconds_in_its_range(void**) {
  for (const char* timeout : {"nan", "-nan", "inf", "0", "-1", "1e10", "x", ""}) {
    const Read wrong = read({"agent-gate", "tools", "--url", "ws://h/", "--timeout", timeout});
    EXPECT(wrong.line.done == ExitCode::usage && wrong.err.find("--timeout") != std::string::npos, timeout);
    const Read packet =
        read({"btp", "send", "--url", "ws://h/", "--to", "test.a", "--amount", "1", "--timeout", timeout});
    EXPECT(packet.line.done == ExitCode::usage && packet.err.find("--timeout") != std::string::npos, timeout);
  }
}

/// The level that is read, or what is said of it.
std::string level(std::vector<const char*> more, const char* variable) {
  ::setenv("KEDGE_LOG_LEVEL", variable, 1);
  std::vector<const char*> all = {"agent-gate", "tools", "--url", "ws://h/"};
  all.insert(all.end(), more.begin(), more.end());
  const Read got = read(all);
  ::unsetenv("KEDGE_LOG_LEVEL");
  if (got.line.done) return got.err;
  return std::string(to_string(got.line.command->options().log_level));
}

void the_log_level_is_the_command_lines_before_the_environments(void**) {
  EXPECT_TEXT(level({}, ""), "info");
  EXPECT_TEXT(level({}, "Warning"), "warning");
  EXPECT_TEXT(level({"--log-level", "debug"}, "error"), "debug");
  EXPECT_TEXT(level({"--log-level", "error"}, "no level"), "error");
  EXPECT_TEXT(level({}, "verbose"),
              "kedge: KEDGE_LOG_LEVEL: not debug, info, warning or error (see --help)\n");
  EXPECT_TEXT(level({"--log-level", "verbose"}, ""),
              "kedge: --log-level: not debug, info, warning or error (see --help)\n");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(help_is_printed_and_wrong_usage_is_said),
      cmocka_unit_test(the_command_line_wins_over_the_environment),
      cmocka_unit_test(wrong_usage_is_said_as_json_where_that_was_asked_for),
      cmocka_unit_test(what_was_mistyped_is_named_with_what_was_meant),
      cmocka_unit_test(the_version_is_told_at_every_level),
      cmocka_unit_test(a_timeout_is_a_number_of_seconds_in_its_range),
      cmocka_unit_test(the_log_level_is_the_command_lines_before_the_environments),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
