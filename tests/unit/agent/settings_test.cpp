#include "agent/settings.hpp"

#include "support/certificates.hpp"
#include "support/cmocka.hpp"

#include <cstdlib>

using namespace kedge;
using namespace kedge::agent;
using namespace kedge::test;

namespace {

struct Read {
  SettingValues values;
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

void everything_wrong_in_a_file_is_told_at_once(void**) {
  const Read read(
      R"({"HTTP_PORT": 80.5, "NODE_ID": true, "NODEID": "x", "CONNECTOR_BTP_URL": ["s3cret"], "HTTP_HOST": 1e300})");
  EXPECT(read.problems.size() == 5, "five problems");
  EXPECT_TEXT(read.problems[0], "configuration file: 'HTTP_PORT' is neither a string nor an integer");
  EXPECT_TEXT(read.problems[2], "configuration file: 'NODEID' is not known");
  for (const std::string& problem : read.problems) EXPECT(!contains(problem, "s3cret"), "no value");
}

void a_text_that_is_no_object_is_refused(void**) {
  EXPECT_TEXT(Read("[]").problem(), "configuration file: it is no JSON object");
  EXPECT_TEXT(Read("8080").problem(), "configuration file: it is no JSON object");
  for (const char* text : {"", "{", "{}x", R"({"HTTP_PORT":1,"HTTP_PORT":2})", R"({"NODE_ID":"a\u0000b"})"}) {
    EXPECT(Read(text).problem().starts_with("configuration file: "), text);
  }
}

void a_file_that_cannot_be_read_is_told_with_its_reason(void**) {
  SettingValues values;
  Problems problems;
  read_settings_file("/no/such/file", values, problems);
  read_settings_file("/", values, problems);
  read_settings_file(write_temporary_file(std::string(65 * 1024, ' ')), values, problems);
  read_settings_file(write_temporary_file(R"({"NODE_ID": "n"})"), values, problems);
  EXPECT(problems.size() == 3, "three problems");
  EXPECT_TEXT(problems[0], "configuration file /no/such/file: No such file or directory");
  EXPECT_TEXT(problems[1], "configuration file /: Is a directory");
  EXPECT(contains(problems[2], "larger than 64 KiB"), "too large");
  EXPECT_TEXT(*values.get(Setting::node_id), "n");
}

void the_environment_wins(void**) {
  setenv("NODE_ID", "from the environment", 1);
  setenv("HTTP_HOST", "", 1);
  setenv("CONNECTOR_BTP_AUTH_TOKEN", "one", 1);
  SettingValues values;
  read_environment(values);
  const Read file(
      R"({"NODE_ID": "n", "HTTP_HOST": "::1", "HTTP_PORT": 1, "CONNECTOR_BTP_AUTH_TOKEN_FILE": "/two"})");
  values.add_missing(file.values);
  EXPECT_TEXT(*values.get(Setting::node_id), "from the environment");
  EXPECT_TEXT(*values.get(Setting::http_host), "::1");
  EXPECT_TEXT(*values.get(Setting::http_port), "1");
  EXPECT_TEXT(*values.get(Setting::token), "one");
  EXPECT(!values.get(Setting::token_file), "a secret of the environment to hide the file of another");
}

void every_setting_has_a_name_and_a_meaning(void**) {
  for (const SettingWords& setting : all_settings()) {
    EXPECT(!setting.name.empty() && !setting.meaning.empty(), "words");
  }
  EXPECT_TEXT(name_of(Setting::shutdown_grace), "SHUTDOWN_GRACE_MS");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(a_file_has_strings_integers_and_nulls),
      cmocka_unit_test(everything_wrong_in_a_file_is_told_at_once),
      cmocka_unit_test(a_text_that_is_no_object_is_refused),
      cmocka_unit_test(a_file_that_cannot_be_read_is_told_with_its_reason),
      cmocka_unit_test(the_environment_wins),
      cmocka_unit_test(every_setting_has_a_name_and_a_meaning),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
