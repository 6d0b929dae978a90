#include "program/daemon/settings.hpp"

#include "support/certificates.hpp"
#include "support/cmocka.hpp"
#include "support/tree_memory.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

using namespace kedge;
using namespace kedge::program;
using namespace kedge::test;

namespace {

enum class Setting { url, token, token_file, no_token, node_id, http_host, http_port, shutdown_grace };

// As a daemon's own.
constexpr std::array<SettingWords, 8> words{{{"CONNECTOR_BTP_URL", "", ""},
                                             {"CONNECTOR_BTP_AUTH_TOKEN", "", "", true},
                                             {"CONNECTOR_BTP_AUTH_TOKEN_FILE", "", "", true},
                                             {"CONNECTOR_BTP_AUTH_NONE", "0", "", true},
                                             {"NODE_ID", "", ""},
                                             {"HTTP_HOST", "", ""},
                                             {"HTTP_PORT", "", ""},
                                             {"SHUTDOWN_GRACE_MS", "", ""}}};
constexpr SettingTable table{words, "CONNECTOR_"};

struct Read {
  SettingValues values{table};
  Problems problems;
  explicit Read(std::string_view text) { read_settings_text(text, values, problems); }
  [[nodiscard]] std::string get(Setting setting) const {
    return std::string(values.get(setting).value_or("-"));
  }
  [[nodiscard]] std::string problem() const { return problems.size() == 1 ? problems[0] : ""; }
};

void a_file_has_strings_integers_and_nulls(void**) {
  const Read read(
      R"({"HTTP_PORT": 8081, "NODE_ID": "caf\u00e9", "CONNECTOR_BTP_URL": null, "HTTP_HOST": ""})");
  EXPECT(read.problems.empty(), "nothing wrong");
  EXPECT_TEXT(read.get(Setting::http_port), "8081");
  EXPECT_TEXT(read.get(Setting::node_id), "caf\xC3\xA9");
  EXPECT_TEXT(read.get(Setting::url) + read.get(Setting::http_host), "--");
}

void numbers_of_a_file_are_digits_alone_as_anywhere(void**) {
  for (const char* number : {"5e3", "5E3", "1.0", "80.5", "-1", "1e300", "0x5", "+5", "05"}) {
    const Read read(R"({"SHUTDOWN_GRACE_MS": )" + std::string(number) + "}");
    EXPECT(read.problem().starts_with("configuration file: "), number);
    EXPECT(!read.values.get(Setting::shutdown_grace), number);
  }
  EXPECT_TEXT(Read(R"({"NODE_ID": 5e3})").problem(),
              "configuration file: 'NODE_ID' is neither a string nor an integer");
  EXPECT_TEXT(Read(R"({"HTTP_PORT": 18446744073709551616})").get(Setting::http_port), "18446744073709551616");
}

void everything_wrong_in_a_file_is_told_at_once(void**) {
  const Read read(
      R"({"HTTP_PORT": 80.5, "NODE_ID": true, "NODEID": "x", "CONNECTOR_BTP_URL": ["s3cret"], "HTTP_HOST": 1e300})");
  EXPECT(read.problems.size() == 5, "five problems");
  EXPECT_TEXT(read.problems[0], "configuration file: 'HTTP_PORT' is neither a string nor an integer");
  EXPECT_TEXT(read.problems[2], "configuration file: 'NODEID' is not known");
  for (const std::string& problem : read.problems) EXPECT(!contains(problem, "s3cret"), "no value");
}

void no_secret_is_left_in_the_memory_of_what_was_read(void**) {
  const TreeMemory memory;
  const Read read(R"({"CONNECTOR_BTP_AUTH_TOKEN": "hush", "NODE_ID": ["hush"]})");
  EXPECT_TEXT(read.get(Setting::token), "hush");
  EXPECT(memory.was_used() && !memory.shows("hush"), "no secret");
}

void a_text_that_is_no_object_is_refused(void**) {
  EXPECT_TEXT(Read("[]").problem(), "configuration file: it is no JSON object");
  EXPECT_TEXT(Read("8080").problem(), "configuration file: it is no JSON object");
  for (const char* text : {"", "{", "{}x", R"({"HTTP_PORT":1,"HTTP_PORT":2})", R"({"NODE_ID":"a\u0000b"})"}) {
    EXPECT(Read(text).problem().starts_with("configuration file: "), text);
  }
}

void a_file_that_cannot_be_read_is_told_with_its_reason(void**) {
  SettingValues values{table};
  Problems problems;
  for (const std::string& path :
       {std::string("/no/such/file"), std::string("/"), write_temporary_file(std::string(65 * 1024, ' ')),
        write_temporary_file(R"({"NODE_ID": "n"})")}) {
    EXPECT(read_settings_file(path, values, problems).ok(), "no signal");
  }
  EXPECT(problems.size() == 3, "three problems");
  EXPECT_TEXT(problems[0], "configuration file /no/such/file: cannot be read: No such file or directory");
  EXPECT_TEXT(problems[1], "configuration file /: cannot be read: Is a directory");
  EXPECT(contains(problems[2], "is larger than 65536 bytes"), "too large");
  EXPECT_TEXT(*values.get(Setting::node_id), "n");
}

void the_environment_wins(void**) {
  setenv("NODE_ID", "from the environment", 1);
  setenv("HTTP_HOST", "", 1);
  setenv("CONNECTOR_BTP_AUTH_TOKEN", "one", 1);
  SettingValues values{table};
  Problems warnings;
  read_environment(values, warnings);
  const Read file(
      R"({"NODE_ID": "n", "HTTP_HOST": "::1", "HTTP_PORT": 1, "CONNECTOR_BTP_AUTH_TOKEN_FILE": "/two"})");
  values.add_missing(file.values);
  EXPECT_TEXT(*values.get(Setting::node_id), "from the environment");
  EXPECT_TEXT(*values.get(Setting::http_host), "::1");
  EXPECT_TEXT(*values.get(Setting::http_port), "1");
  EXPECT_TEXT(*values.get(Setting::token), "one");
  EXPECT(!values.get(Setting::token_file), "a secret of the environment to hide the file of another");
  unsetenv("CONNECTOR_BTP_AUTH_TOKEN");
}

void that_there_is_no_secret_hides_one_and_is_hidden_by_one(void**) {
  const auto both = [](std::string_view first, std::string_view second) {
    SettingValues values{table};
    values.add_missing(Read(first).values);
    values.add_missing(Read(second).values);
    return std::string(values.get(Setting::token).value_or("-")) +
           std::string(values.get(Setting::no_token).value_or("-"));
  };
  EXPECT_TEXT(both(R"({"CONNECTOR_BTP_AUTH_NONE": 1})", R"({"CONNECTOR_BTP_AUTH_TOKEN": "one"})"), "-1");
  EXPECT_TEXT(both(R"({"CONNECTOR_BTP_AUTH_TOKEN": "one"})", R"({"CONNECTOR_BTP_AUTH_NONE": 1})"), "one-");
  EXPECT_TEXT(both(R"({"CONNECTOR_BTP_AUTH_NONE": 0})", R"({"CONNECTOR_BTP_AUTH_TOKEN": "one"})"), "one0");
}

void a_port_that_kubernetes_has_set_is_a_warning_and_the_default_holds(void**) {
  for (const char* url : {"tcp://10.0.0.1:80", "udp://10.0.0.1:53", "sctp://[fd00::1]:80"}) {
    setenv("HTTP_PORT", url, 1);
    SettingValues values{table};
    Problems warnings;
    read_environment(values, warnings);
    EXPECT(warnings.size() == 1 && !values.get(Setting::http_port), url);
    EXPECT_TEXT(warnings[0],
                "HTTP_PORT: the URL of a service, as Kubernetes sets it, and no port: not taken");
  }
  setenv("HTTP_PORT", "http://10.0.0.1:80", 1);
  SettingValues values{table};
  Problems warnings;
  read_environment(values, warnings);
  EXPECT(warnings.empty() && values.get(Setting::http_port),
         "a port that somebody else has set to be judged");
  unsetenv("HTTP_PORT");
}

void variables_that_look_like_ours_and_are_not_known_are_named(void**) {
  setenv("CONNECTOR_BTP_TOKEN", "s3cret", 1);
  setenv("CONNECTOR_URL", "", 1);
  // A Kubernetes service that is called `connector`.
  setenv("CONNECTOR_SERVICE_HOST", "10.0.0.1", 1);
  setenv("CONNECTOR_SERVICE_PORT_BTP", "7768", 1);
  setenv("CONNECTOR_PORT", "tcp://10.0.0.1:7768", 1);
  setenv("CONNECTOR_PORT_7768_TCP_ADDR", "10.0.0.1", 1);
  setenv("CONNECTOR_PORT_7768_TCP_PROTO", "tcp", 1);
  SettingValues values{table};
  Problems warnings;
  read_environment(values, warnings);
  std::sort(warnings.begin(), warnings.end());
  EXPECT(warnings.size() == 2, "two");
  EXPECT_TEXT(warnings[0] + " " + warnings[1], "CONNECTOR_BTP_TOKEN: not known CONNECTOR_URL: not known");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_file_has_strings_integers_and_nulls),
      cmocka_unit_test(numbers_of_a_file_are_digits_alone_as_anywhere),
      cmocka_unit_test(everything_wrong_in_a_file_is_told_at_once),
      cmocka_unit_test(no_secret_is_left_in_the_memory_of_what_was_read),
      cmocka_unit_test(a_text_that_is_no_object_is_refused),
      cmocka_unit_test(a_file_that_cannot_be_read_is_told_with_its_reason),
      cmocka_unit_test(the_environment_wins),
      cmocka_unit_test(that_there_is_no_secret_hides_one_and_is_hidden_by_one),
      cmocka_unit_test(a_port_that_kubernetes_has_set_is_a_warning_and_the_default_holds),
      cmocka_unit_test(variables_that_look_like_ours_and_are_not_known_are_named),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
