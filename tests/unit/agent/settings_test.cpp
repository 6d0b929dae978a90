#include "agent/settings.hpp"

#include "support/cmocka.hpp"

#include <string>

using namespace kedge;
using namespace kedge::agent;
using namespace kedge::test;

namespace {

void every_setting_has_a_name_and_a_meaning(void**) {
  EXPECT(setting_table().words.size() == setting_count, "a row for each");
  for (const SettingWords& setting : setting_table().words) {
    EXPECT(!setting.name.empty() && !setting.meaning.empty(), "words");
  }
  EXPECT_TEXT(name_of(Setting::shutdown_grace), "SHUTDOWN_GRACE_MS");
}

void what_gives_the_secret_or_says_that_there_is_none_counts_as_one(void**) {
  std::string names;
  for (const SettingWords& setting : setting_table().words) {
    if (setting.of_the_secret) names.append(setting.name).append(" ");
  }
  EXPECT_TEXT(names, "CONNECTOR_BTP_AUTH_TOKEN CONNECTOR_BTP_AUTH_TOKEN_FILE CONNECTOR_BTP_AUTH_NONE ");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(every_setting_has_a_name_and_a_meaning),
      cmocka_unit_test(what_gives_the_secret_or_says_that_there_is_none_counts_as_one),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
