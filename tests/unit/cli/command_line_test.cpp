#include "cli/command_line.hpp"

#include "support/cmocka.hpp"

#include <sstream>
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

void a_timeout_is_a_number_of_seconds_in_its_range(void**) {
  for (const char* timeout : {"nan", "-nan", "inf", "0", "-1", "1e10", "x", ""}) {
    const Read wrong = read({"agent-gate", "tools", "--url", "ws://h/", "--timeout", timeout});
    EXPECT(wrong.line.done == ExitCode::usage && wrong.err.find("--timeout") != std::string::npos, timeout);
    const Read packet = read(send({"1", "--timeout", timeout}));
    EXPECT(packet.line.done == ExitCode::usage && packet.err.find("--timeout") != std::string::npos, timeout);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_call_is_read_with_its_options),
      cmocka_unit_test(a_packet_is_read_with_its_options),
      cmocka_unit_test(what_is_no_packet_is_said),
      cmocka_unit_test(help_is_printed_and_wrong_usage_is_said),
      cmocka_unit_test(a_timeout_is_a_number_of_seconds_in_its_range),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
