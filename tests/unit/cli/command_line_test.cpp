#include "cli/command_line.hpp"

#include "support/cmocka.hpp"

#include <array>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

using namespace kedge;
using namespace kedge::cli;
using namespace std::chrono_literals;

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
  const GateOptions& options = std::get<GateOptions>(call.line.options);
  EXPECT_TEXT(options.tool + options.arguments + options.url, "light{}ws://h/");
  EXPECT(options.timeout == 1500ms && options.retry, "its options");
  const Read tools = read({"agent-gate", "tools", "--url", "ws://h/"});
  EXPECT(std::get<GateOptions>(tools.line.options).verb == GateOptions::Verb::tools, "tools");
  EXPECT(std::get<GateOptions>(tools.line.options).timeout == 930s, "an approval's time");
}

std::vector<const char*> send(std::vector<const char*> more) {
  std::vector<const char*> line = {"btp", "send", "--url", "ws://h/", "--to", "test.a", "--amount"};
  line.insert(line.end(), more.begin(), more.end());
  return line;
}

void a_packet_is_read_with_its_options(void**) {
  const Read least = read(send({"18446744073709551615"}));
  EXPECT(!least.line.done, "something to run");
  const SendOptions& options = std::get<SendOptions>(least.line.options);
  EXPECT_TEXT(options.url + options.to + options.peer_id, "ws://h/test.aagent-runtime");
  EXPECT(options.amount == 0xFFFF'FFFF'FFFF'FFFF && options.timeout == 30s && !options.retry, "defaults");
  EXPECT(options.dialect == kedge::btp::Dialect::crosstown && !options.condition, "defaults");
  EXPECT(options.data.empty() && options.data_file.empty(), "no data");

  const std::string condition(64, 'a');
  const Read all =
      read(send({"0", "--data", "6F6b", "--condition", condition.c_str(), "--peer-id", "alice", "--dialect",
                 "btp2", "--timeout", "0.25", "--retry", "--json", "--token-file", "t"}));
  EXPECT(!all.line.done, "something to run");
  const SendOptions& given = std::get<SendOptions>(all.line.options);
  EXPECT_TEXT(given.data + given.peer_id + given.token_file, "okalicet");
  EXPECT_TEXT(*given.condition, std::string(32, '\xAA'));
  EXPECT(given.amount == 0 && given.timeout == 250ms && given.retry && given.json, "its options");
  EXPECT(given.dialect == kedge::btp::Dialect::btp2, "its dialect");
  EXPECT_TEXT(std::get<SendOptions>(read(send({"1", "--data", "@f"})).line.options).data_file, "f");
}

void what_is_no_packet_is_said(void**) {
  for (const char* amount : {"-1", "1.0", "18446744073709551616", "", "x", "+1", " 1"}) {
    EXPECT(read(send({amount})).line.done == ExitCode::usage, amount);
  }
  for (const char* data : {"0", "0x00", "@", "xx"}) {
    EXPECT(test::contains(read(send({"1", "--data", data})).err, "--data"), data);
  }
  EXPECT(test::contains(read(send({"1", "--condition", "00"})).err, "--condition: not 32 bytes"), "32 bytes");
  EXPECT(read(send({"1", "--dialect", "btp"})).line.done == ExitCode::usage, "a dialect there is");
  EXPECT(read({"btp", "send", "--url", "ws://h/", "--to", "test.a"}).line.done == ExitCode::usage,
         "an amount");
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
  const auto options_of = [](const Read& read) -> const ConnectionOptions& {
    if (const auto* send = std::get_if<SendOptions>(&read.line.options)) return *send;
    if (const auto* websocket = std::get_if<WebsocketOptions>(&read.line.options)) return *websocket;
    return std::get<GateOptions>(read.line.options);
  };
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

void arguments_come_from_the_line_a_file_or_standard_input(void**) {
  const auto call = [](const char* json) {
    return std::get<GateOptions>(read({"agent-gate", "call", "x", json, "--url", "ws://h/"}).line.options);
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
    return std::get<GateOptions>(read_line.line.options);
  };
  const GateOptions usual = options({});
  EXPECT(usual.spool && !usual.quiet && !usual.after_loss && usual.message_bytes_max == 1024 * 1024,
         "defaults");
  const GateOptions given = options({"--no-spool", "--quiet", "--after-loss", "2.5", "--max-message",
                                     "16777216", "--cert", "c", "--key", "k"});
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
    const Read packet = read(send({"1", "--timeout", timeout}));
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
  return std::string(to_string(std::get<GateOptions>(got.line.options).log_level));
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
      cmocka_unit_test(a_call_is_read_with_its_options),
      cmocka_unit_test(a_packet_is_read_with_its_options),
      cmocka_unit_test(what_is_no_packet_is_said),
      cmocka_unit_test(help_is_printed_and_wrong_usage_is_said),
      cmocka_unit_test(the_command_line_wins_over_the_environment),
      cmocka_unit_test(wrong_usage_is_said_as_json_where_that_was_asked_for),
      cmocka_unit_test(what_was_mistyped_is_named_with_what_was_meant),
      cmocka_unit_test(arguments_come_from_the_line_a_file_or_standard_input),
      cmocka_unit_test(the_other_options_of_a_call_are_read),
      cmocka_unit_test(the_version_is_told_at_every_level),
      cmocka_unit_test(a_timeout_is_a_number_of_seconds_in_its_range),
      cmocka_unit_test(the_log_level_is_the_command_lines_before_the_environments),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
