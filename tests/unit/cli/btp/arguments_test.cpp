// The command line of `kedge btp send`.

#include "cli/btp/options.hpp"

#include "support/cmocka.hpp"
#include "support/kedge_line.hpp"

#include <string>
#include <vector>

using namespace kedge::cli;
using namespace std::chrono_literals;
using kedge::cli::btp::Options;
using kedge::test::Read;

namespace {

Read read(std::vector<const char*> arguments) {
  return kedge::test::read_line(std::move(arguments));
}

Options options_of(const Read& line) {
  return kedge::test::options_of<Options>(line, "btp");
}

std::vector<const char*> send(std::vector<const char*> more) {
  std::vector<const char*> line = {"btp", "send", "--url", "ws://h/", "--to", "test.a", "--amount"};
  line.insert(line.end(), more.begin(), more.end());
  return line;
}

void a_packet_is_read_with_its_options(void**) {
  const Read least = read(send({"18446744073709551615"}));
  EXPECT(!least.line.done, "something to run");
  const Options options = options_of(least);
  EXPECT_TEXT(options.url + options.to + options.peer_id, "ws://h/test.aagent-runtime");
  EXPECT(options.amount == 0xFFFF'FFFF'FFFF'FFFF && options.timeout == 30s && !options.retry, "defaults");
  EXPECT(options.dialect == kedge::btp::Dialect::crosstown && !options.condition, "defaults");
  EXPECT(options.data.empty() && options.data_file.empty(), "no data");

  const std::string condition(64, 'a');
  const Read all =
      read(send({"0", "--data", "6F6b", "--condition", condition.c_str(), "--peer-id", "alice", "--dialect",
                 "btp2", "--timeout", "0.25", "--retry", "--json", "--token-file", "t"}));
  EXPECT(!all.line.done, "something to run");
  const Options given = options_of(all);
  EXPECT_TEXT(given.data + given.peer_id + given.token_file, "okalicet");
  EXPECT_TEXT(*given.condition, std::string(32, '\xAA'));
  EXPECT(given.amount == 0 && given.timeout == 250ms && given.retry && given.json, "its options");
  EXPECT(given.dialect == kedge::btp::Dialect::btp2, "its dialect");
  EXPECT_TEXT(options_of(read(send({"1", "--data", "@f"}))).data_file, "f");
}

void what_is_no_packet_is_said(void**) {
  for (const char* amount : {"-1", "1.0", "18446744073709551616", "", "x", "+1", " 1"}) {
    EXPECT(read(send({amount})).line.done == ExitCode::usage, amount);
  }
  for (const char* data : {"0", "0x00", "@", "xx"}) {
    EXPECT(kedge::test::contains(read(send({"1", "--data", data})).err, "--data"), data);
  }
  EXPECT(kedge::test::contains(read(send({"1", "--condition", "00"})).err, "--condition: not 32 bytes"),
         "32 bytes");
  EXPECT(read(send({"1", "--dialect", "btp"})).line.done == ExitCode::usage, "a dialect there is");
  EXPECT(read({"btp", "send", "--url", "ws://h/", "--to", "test.a"}).line.done == ExitCode::usage,
         "an amount");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_packet_is_read_with_its_options),
      cmocka_unit_test(what_is_no_packet_is_said),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
