#include "hub/command_line.hpp"
#include "hub/agent_gate/side.hpp"
#include "hub/btp/side.hpp"

#include "program/address.hpp"
#include "support/cmocka.hpp"
#include "support/temporary_file.hpp"

#include <unistd.h>

#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

using namespace kedge;
using File = kedge::test::TemporaryFile;
using namespace kedge::hub;

namespace {

struct Read {
  CommandLine line;
  std::string out, err;
};

/// A side that is on; null: it is off.
template <class Side>
const Side* side(const Read& read) {
  for (const auto& side : read.line.options.sides) {
    if (const auto* found = dynamic_cast<const Side*>(side.get())) return found;
  }
  return nullptr;
}
const agent_gate::GateSide& gate(const Read& read) {
  return *side<agent_gate::GateSide>(read);
}
const hub::btp::ConnectorSide* connector(const Read& read) {
  return side<hub::btp::ConnectorSide>(read);
}

Read read(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "kedge-hub");
  std::ostringstream out, err;
  CommandLine line = read_command_line(static_cast<int>(arguments.size()), arguments.data(), out, err);
  return {std::move(line), out.str(), err.str()};
}

void options_are_read(void**) {
  const File token("hush");
  const Read all = read({"--listen", "[::1]:80", "--operator", "81", "--auth-timeout", "0.5", "--generation",
                         "older", "--requests-per-minute", "0", "--token-file", token.path.c_str()});
  EXPECT(!all.line.done, "something to run");
  EXPECT_TEXT(kedge::program::to_string(all.line.options.listen), "[::1]:80");
  EXPECT(all.line.options.operator_port == 81, "the operator's port");
  EXPECT(!connector(all), "the BTP side to be off");
  EXPECT(gate(all).config().auth_timeout == std::chrono::milliseconds{500}, "half a second");
  EXPECT(gate(all).config().generation == agent_gate::Generation::older, "the older generation");
  EXPECT(gate(all).config().requests_per_minute == 0, "no limit");
}

void what_is_wrong_is_said(void**) {
  EXPECT_TEXT(read({"--listen", "gateway:80"}).err, "kedge-hub: --listen: not ADDR:PORT: gateway:80\n");
  EXPECT(read({"--operator", "10.0.0.1:80"}).line.done == HubExit::usage, "an operator on loopback only");
  for (const char* number : {"0x10", "5e3", "-1", "4294967296", ""}) {
    EXPECT(read({"--requests-per-minute", number}).line.done == HubExit::usage, number);
  }
  EXPECT(read({"--policy", "/nonexistent/policy"}).line.done == HubExit::usage,
         "a policy file that is there");
  const Read help = read({"--help"});
  EXPECT(help.line.done == HubExit::ok && !help.out.empty() && help.err.empty(), "help on standard output");
}

void the_btp_side_is_read_with_its_files(void**) {
  (void)unsetenv("KEDGE_HUB_BTP_TOKEN");
  EXPECT_TEXT(read({}).err, "kedge-hub: no token: set KEDGE_HUB_TOKEN or give --token-file FILE\n");
  const File file(R"({"crosstown_path": "/x", "routes": [{"prefix": "g.a", "forward": "bob"}]})");
  const File peers(R"({"bob": "hush"})");
  const Read both = read({"--btp", file.path.c_str(), "--btp-peers", peers.path.c_str(), "--btp2-path", "*"});
  EXPECT(!both.line.done && connector(both) && !side<agent_gate::GateSide>(both), "the BTP side alone");
  EXPECT_TEXT(connector(both)->config().crosstown_path + connector(both)->config().btp2_path, "/x*");
  EXPECT(connector(both)->config().routes.find("g.a") != nullptr, "the route");
  EXPECT(connector(both)->tokens().accepts("bob", "hush"), "the token");
  EXPECT_TEXT(read({"--btp", file.path.c_str()}).err,
              "kedge-hub: --btp: no tokens: set KEDGE_HUB_BTP_TOKEN or give --btp-peers FILE\n");
  (void)setenv("KEDGE_HUB_BTP_TOKEN", "all", 1);
  const Read one = read({"--btp", file.path.c_str()});
  EXPECT(!one.line.done && connector(one)->tokens().accepts("anybody", "all"), "one for all");
  const Read wins = read({"--btp", file.path.c_str(), "--btp-peers", peers.path.c_str()});
  EXPECT(connector(wins)->tokens().accepts("bob", "hush"), "the command line wins over the environment");
  EXPECT(!connector(wins)->tokens().accepts("anybody", "all"), "which then says nothing");
  (void)unsetenv("KEDGE_HUB_BTP_TOKEN");
}

void what_is_wrong_with_the_btp_side_is_said(void**) {
  const File peers(R"({"bob": "hush"})");
  const File broken(R"({"routes": [{"prefix": "g.a", "reject": {"code": "F2"}}]})");
  EXPECT_TEXT(read({"--btp", broken.path.c_str(), "--btp-peers", peers.path.c_str()}).err,
              "kedge-hub: " + broken.path +
                  ": routes[0].reject.code: 'F2' is none of F00 to F99, T00 to T99, R00 to R99\n");
  const File good("{}");
  const File empty("{}");
  EXPECT_TEXT(read({"--btp", good.path.c_str(), "--btp-peers", empty.path.c_str()}).err,
              "kedge-hub: " + empty.path + ": there is no peer in it\n");
  EXPECT_TEXT(read({"--btp", "/nonexistent/btp"}).err,
              "kedge-hub: the BTP file /nonexistent/btp: cannot be read: No such file or directory\n");
  const auto with_path = [&](const char* option, const char* path) {
    return read({"--btp", good.path.c_str(), "--btp-peers", peers.path.c_str(), option, path}).err;
  };
  (void)setenv("KEDGE_HUB_TOKEN", "hush", 1);
  EXPECT_TEXT(with_path("--btp-path", "/"), "kedge-hub: BTP: the path / is agent-gate's: take another\n");
  (void)unsetenv("KEDGE_HUB_TOKEN");
  EXPECT_TEXT(with_path("--btp-path", "/btp2"),
              "kedge-hub: " + good.path + ": both dialects have the path /btp2\n");
  EXPECT(test::contains(with_path("--btp2-path", "btp"), "must begin with /"), "a path");
  const Read alone = read({"--btp-path", "/x"});
  EXPECT(alone.line.done == HubExit::usage && test::contains(alone.err, "--btp"), "--btp to be needed");
}

void times_are_numbers_of_seconds_in_their_range(void**) {
  for (const char* option : {"--auth-timeout", "--approval-timeout", "--result-ttl"}) {
    for (const char* seconds : {"nan", "-nan", "inf", "0", "-1", "1e9", "x", ""}) {
      const Read wrong = read({option, seconds});
      EXPECT(wrong.line.done == HubExit::usage && wrong.err.find(option) != std::string::npos, seconds);
    }
  }
}

/// The level that is read, or what is said of it.
std::string level(std::vector<const char*> more, const char* variable) {
  ::setenv("KEDGE_LOG_LEVEL", variable, 1);
  ::setenv("KEDGE_HUB_TOKEN", "hush", 1);
  std::vector<const char*> all = {};
  all.insert(all.end(), more.begin(), more.end());
  const Read got = read(all);
  ::unsetenv("KEDGE_LOG_LEVEL");
  ::unsetenv("KEDGE_HUB_TOKEN");
  if (got.line.done) return got.err;
  return std::string(to_string(got.line.options.log_level));
}

void the_log_level_is_the_command_lines_before_the_environments(void**) {
  EXPECT_TEXT(level({}, ""), "info");
  EXPECT_TEXT(level({}, "Warning"), "warning");
  EXPECT_TEXT(level({"--log-level", "debug"}, "error"), "debug");
  EXPECT_TEXT(level({"--log-level", "error"}, "no level"), "error");
  EXPECT_TEXT(level({}, "verbose"),
              "kedge-hub: KEDGE_LOG_LEVEL: not debug, info, warning or error (see --help)\n");
  EXPECT_TEXT(level({"--log-level", "verbose"}, ""),
              "kedge-hub: --log-level: not debug, info, warning or error (see --help)\n");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(options_are_read),
      cmocka_unit_test(what_is_wrong_is_said),
      cmocka_unit_test(the_btp_side_is_read_with_its_files),
      cmocka_unit_test(what_is_wrong_with_the_btp_side_is_said),
      cmocka_unit_test(times_are_numbers_of_seconds_in_their_range),
      cmocka_unit_test(the_log_level_is_the_command_lines_before_the_environments),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
