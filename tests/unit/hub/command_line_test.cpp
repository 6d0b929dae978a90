#include "hub/command_line.hpp"

#include "program/address.hpp"
#include "support/cmocka.hpp"

#include <sstream>
#include <vector>

using namespace kedge;
using namespace kedge::hub;

namespace {

struct Read {
  CommandLine line;
  std::string out, err;
};

Read read(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "kedge-hub");
  std::ostringstream out, err;
  CommandLine line = read_command_line(static_cast<int>(arguments.size()), arguments.data(), out, err);
  return {std::move(line), out.str(), err.str()};
}

void options_are_read(void**) {
  const Read all = read({"--listen", "[::1]:80", "--operator", "81", "--auth-timeout", "0.5", "--generation",
                         "older", "--requests-per-minute", "0", "--token-file", "file"});
  EXPECT(!all.line.done, "something to run");
  EXPECT_TEXT(kedge::program::to_string(all.line.options.listen), "[::1]:80");
  EXPECT(all.line.options.operator_port == 81 && all.line.token_file == "file", "port and token file");
  EXPECT(all.line.options.gate.auth_timeout == std::chrono::milliseconds{500}, "half a second");
  EXPECT(all.line.options.gate.generation == agent_gate::Generation::older, "the older generation");
  EXPECT(all.line.options.gate.requests_per_minute == 0, "no limit");
}

void what_is_wrong_is_said(void**) {
  EXPECT_TEXT(read({"--listen", "gateway:80"}).err, "kedge-hub: --listen: not ADDR:PORT: gateway:80\n");
  EXPECT(read({"--operator", "10.0.0.1:80"}).line.done == HubExit::usage, "an operator on loopback only");
  EXPECT(read({"--policy", "/nonexistent/policy"}).line.done == HubExit::usage,
         "a policy file that is there");
  const Read help = read({"--help"});
  EXPECT(help.line.done == HubExit::ok && !help.out.empty() && help.err.empty(), "help on standard output");
}

void times_are_numbers_of_seconds_in_their_range(void**) {
  for (const char* option : {"--auth-timeout", "--approval-timeout", "--result-ttl"}) {
    for (const char* seconds : {"nan", "-nan", "inf", "0", "-1", "1e9", "x", ""}) {
      const Read wrong = read({option, seconds});
      EXPECT(wrong.line.done == HubExit::usage && wrong.err.find(option) != std::string::npos, seconds);
    }
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(options_are_read),
      cmocka_unit_test(what_is_wrong_is_said),
      cmocka_unit_test(times_are_numbers_of_seconds_in_their_range),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
