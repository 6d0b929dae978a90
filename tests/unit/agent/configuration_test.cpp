#include "agent/configuration.hpp"

#include "program/address.hpp"
#include "program/token.hpp"
#include "support/cmocka.hpp"

#include <initializer_list>
#include <utility>

using namespace kedge;
using namespace kedge::agent;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

struct Read {
  SettingValues values;
  kedge::program::Token token;
  Problems problems;
  Configuration is;

  explicit Read(std::initializer_list<std::pair<Setting, std::string_view>> given) {
    for (const auto& [setting, text] : given) values.set(setting, text);
    is = read_configuration(values, token, problems);
  }
  [[nodiscard]] std::string problem() const {
    return problems.size() == 1 ? problems[0] : std::to_string(problems.size()) + " problems";
  }
};

void without_settings_the_defaults_hold(void**) {
  const Read read({});
  EXPECT(read.problems.empty() && !read.is.sends() && read.token.empty(), "sending is off");
  EXPECT_TEXT(read.is.peer_id + " " + read.is.node_id, "agent-runtime agent-runtime");
  EXPECT(read.is.dialect == btp::Dialect::crosstown, "crosstown");
  EXPECT(!read.is.max_retries && !read.is.packet_timeout, "no end of retries, and no timeout of our own");
  EXPECT_TEXT(program::to_string(read.is.http), "127.0.0.1:8080");
  EXPECT(read.is.shutdown_grace == 5s, "5 s of grace");
}

void every_setting_arrives(void**) {
  const Read read({{Setting::url, "wss://connector.example:7768/btp"},
                   {Setting::token, "s3cret"},
                   {Setting::peer_id, "pi"},
                   {Setting::dialect, "btp2"},
                   {Setting::max_retries, "0"},
                   {Setting::packet_timeout, "1500"},
                   {Setting::ca_file, "/ca"},
                   {Setting::certificate_file, "/cert"},
                   {Setting::key_file, "/key"},
                   {Setting::node_id, "node"},
                   {Setting::http_host, "0.0.0.0"},
                   {Setting::http_port, "0"},
                   {Setting::shutdown_grace, "0"}});
  EXPECT_TEXT(read.problems.empty() ? "" : read.problems[0], "");
  EXPECT_TEXT(read.is.url + read.is.peer_id + read.is.node_id, "wss://connector.example:7768/btppinode");
  EXPECT_TEXT(read.is.ca_file + read.is.certificate_file + read.is.key_file, "/ca/cert/key");
  EXPECT_TEXT(read.token.reveal(), "s3cret");
  EXPECT(read.is.dialect == btp::Dialect::btp2 && read.is.max_retries == 0U, "dialect and retries");
  EXPECT(read.is.packet_timeout == 1500ms && read.is.shutdown_grace == 0ms, "times");
  EXPECT_TEXT(program::to_string(read.is.http), "0.0.0.0:0");
}

void a_url_needs_a_secret_and_says_so(void**) {
  EXPECT_TEXT(Read({{Setting::url, "ws://h/"}}).problem(),
              "CONNECTOR_BTP_AUTH_TOKEN: required when CONNECTOR_BTP_URL is set (or "
              "CONNECTOR_BTP_AUTH_TOKEN_FILE, or CONNECTOR_BTP_AUTH_NONE=1)");
  const Read file({{Setting::url, "ws://h/"}, {Setting::token_file, "/secret"}});
  EXPECT(file.problems.empty(), "a file to do as well");
  EXPECT_TEXT(file.is.token_file, "/secret");
}

void that_there_is_no_secret_must_be_said_and_contradicts_one(void**) {
  const Read none({{Setting::url, "ws://h/"}, {Setting::no_token, "1"}});
  EXPECT(none.problems.empty() && none.token.empty() && none.is.token_file.empty(), "an empty secret");
  EXPECT_TEXT(
      Read({{Setting::url, "ws://h/"}, {Setting::no_token, "1"}, {Setting::token, "s3cret"}}).problem(),
      "CONNECTOR_BTP_AUTH_NONE: given as well as CONNECTOR_BTP_AUTH_TOKEN: which of them is it?");
  EXPECT_TEXT(
      Read({{Setting::url, "ws://h/"}, {Setting::no_token, "1"}, {Setting::token_file, "/s"}}).problem(),
      "CONNECTOR_BTP_AUTH_NONE: given as well as CONNECTOR_BTP_AUTH_TOKEN_FILE: which of them is it?");
  EXPECT(Read({{Setting::url, "ws://h/"}, {Setting::no_token, "0"}, {Setting::token, "s"}}).problems.empty(),
         "0 to be as if it were not given");
  EXPECT(Read({{Setting::url, "ws://h/"}, {Setting::no_token, "0"}})
             .problem()
             .starts_with("CONNECTOR_BTP_AUTH_TOKEN: required"),
         "0 to ask for a secret");
  EXPECT_TEXT(Read({{Setting::no_token, "yes"}}).problem(),
              "CONNECTOR_BTP_AUTH_NONE: not an integer from 0 to 1");
}

void all_problems_are_told_at_once_and_no_value(void**) {
  const Read read({{Setting::url, "http://s3cret@h/"},
                   {Setting::token, "s3cret"},
                   {Setting::token_file, "/s3cret"},
                   {Setting::peer_id, std::string_view("\xFF\xFE")},
                   {Setting::dialect, "s3cret"},
                   {Setting::max_retries, "s3cret"},
                   {Setting::packet_timeout, "0"},
                   {Setting::certificate_file, "/s3cret"},
                   {Setting::http_host, "s3cret"},
                   {Setting::http_port, "65536"},
                   {Setting::shutdown_grace, "-1"}});
  EXPECT(read.problems.size() == 10, "all ten problems");
  for (const std::string& problem : read.problems) EXPECT(!contains(problem, "s3cret"), problem.c_str());
}

void numbers_are_whole_and_within_their_range(void**) {
  for (const char* number : {"x", "1x", " 1", "1 ", "1.0", "5e3", "0x5", "-1", "+1", "4294967296",
                             "99999999999999999999", "ever"}) {
    EXPECT_TEXT(Read({{Setting::max_retries, number}}).problem(),
                "CONNECTOR_BTP_MAX_RETRIES: not an integer from 0 to 4294967295");
  }
  EXPECT(!Read({{Setting::max_retries, "none"}}).is.max_retries, "none");
  EXPECT(Read({{Setting::max_retries, "05"}}).is.max_retries == 5U, "digits");
  EXPECT(Read({{Setting::max_retries, "4294967295"}}).is.max_retries == 4294967295U, "the most");
  EXPECT_TEXT(Read({{Setting::packet_timeout, "2147483648"}}).problem(),
              "CONNECTOR_BTP_PACKET_TIMEOUT_MS: not an integer from 1 to 2147483647");
}

void names_have_a_length(void**) {
  const std::string longest(128, 'x');
  EXPECT(Read({{Setting::peer_id, longest}}).problems.empty(), "128 bytes");
  EXPECT_TEXT(Read({{Setting::peer_id, longest + "x"}}).problem(),
              "CONNECTOR_BTP_PEER_ID: longer than 128 bytes");
  EXPECT_TEXT(Read({{Setting::node_id, longest + "x"}}).problem(), "NODE_ID: longer than 128 bytes");
  EXPECT_TEXT(Read({{Setting::token, std::string(4097, 'x')}}).problem(),
              "CONNECTOR_BTP_AUTH_TOKEN: is longer than 4096 bytes");
  EXPECT_TEXT(Read({{Setting::token, "\xFF"}}).problem(),
              "CONNECTOR_BTP_AUTH_TOKEN: holds the byte 0xFF at byte 1, which is not printable ASCII");
  const std::string url = "ws://h/" + std::string(2048, 'x');
  EXPECT_TEXT(Read({{Setting::url, url}, {Setting::token, "t"}}).problem(),
              "CONNECTOR_BTP_URL: longer than 2048 bytes");
}

void a_certificate_and_its_key_belong_together(void**) {
  EXPECT_TEXT(Read({{Setting::certificate_file, "/c"}}).problem(),
              "CONNECTOR_BTP_KEY_FILE: needed with CONNECTOR_BTP_CERT_FILE");
  EXPECT_TEXT(Read({{Setting::key_file, "/k"}}).problem(),
              "CONNECTOR_BTP_CERT_FILE: needed with CONNECTOR_BTP_KEY_FILE");
}

void the_http_address_is_a_literal_or_localhost(void**) {
  for (const auto& [host, address] :
       {std::pair("localhost", "127.0.0.1:8080"), std::pair("::1", "[::1]:8080"),
        std::pair("[::]", "[::]:8080"), std::pair("10.0.0.1", "10.0.0.1:8080")}) {
    EXPECT_TEXT(program::to_string(Read({{Setting::http_host, host}}).is.http), address);
  }
  for (const char* host : {"example.org", "127.0.0.1:80", "[::1", "*"}) {
    EXPECT_TEXT(Read({{Setting::http_host, host}}).problem(), "HTTP_HOST: not an IPv4 or IPv6 address");
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(without_settings_the_defaults_hold),
      cmocka_unit_test(every_setting_arrives),
      cmocka_unit_test(a_url_needs_a_secret_and_says_so),
      cmocka_unit_test(that_there_is_no_secret_must_be_said_and_contradicts_one),
      cmocka_unit_test(all_problems_are_told_at_once_and_no_value),
      cmocka_unit_test(numbers_are_whole_and_within_their_range),
      cmocka_unit_test(names_have_a_length),
      cmocka_unit_test(a_certificate_and_its_key_belong_together),
      cmocka_unit_test(the_http_address_is_a_literal_or_localhost),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
