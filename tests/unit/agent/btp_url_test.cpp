// Tokens are written "hush...": nothing that is said may hold it.

#include "agent/btp_url.hpp"

#include "agent/configuration.hpp"
#include "program/token.hpp"
#include "support/cmocka.hpp"

#include <initializer_list>
#include <string>
#include <utility>

using namespace kedge;
using namespace kedge::agent;
using namespace kedge::test;

namespace {

struct Taken {
  SettingValues values;
  Problems problems;

  Taken(std::string_view url, std::initializer_list<std::pair<Setting, std::string_view>> more = {}) {
    values.set(Setting::url, url);
    for (const auto& [setting, text] : more) values.set(setting, text);
    take_btp_url(values, problems);
    for (const std::string& problem : problems) EXPECT(!contains(problem, "hush"), problem.c_str());
    EXPECT(!contains(get(Setting::url), "hush") || !contains(url, "btp+"), "no secret in what is left");
  }
  [[nodiscard]] std::string get(Setting setting) const {
    return std::string(values.get(setting).value_or("-"));
  }
  [[nodiscard]] std::string all() const {
    return get(Setting::url) + " " + get(Setting::peer_id) + " " + get(Setting::token);
  }
  [[nodiscard]] std::string problem() const {
    return problems.size() == 1 ? problems[0] : std::to_string(problems.size()) + " problems";
  }
};

void user_and_token_leave_the_url(void**) {
  EXPECT_TEXT(Taken("btp+ws://alice:hush@h:7768/btp?x").all(), "ws://h:7768/btp?x alice hush");
  EXPECT_TEXT(Taken("btp+wss://:hush@[::1]:1").all(), "wss://[::1]:1 - hush");
  EXPECT_TEXT(Taken("BTP+WSS://:hush@h").all(), "WSS://h - hush");
  EXPECT_TEXT(Taken("btp+ws://h/btp").all(), "ws://h/btp - -");
}

void they_are_percent_encoded(void**) {
  EXPECT_TEXT(Taken("btp+ws://al%69c%C3%A9:hush%2f%3A%40%25%20@h").all(), "ws://h alic\xC3\xA9 hush/:@% ");
  EXPECT_TEXT(Taken("btp+ws://:-._~!$&'()*+,;=:@h").get(Setting::token), "-._~!$&'()*+,;=:");
  const std::string longest(4096, 'x');
  EXPECT(Taken("btp+ws://:" + longest + "@h").problems.empty(), "4096 bytes");
}

void what_is_malformed_is_refused_without_a_word_of_it(void**) {
  const auto refused = [](const std::string& url) {
    const Taken taken(url);
    EXPECT_TEXT(taken.get(Setting::url) + taken.get(Setting::token), "--");
    const std::string name = "CONNECTOR_BTP_URL: ";
    EXPECT(taken.problem().starts_with(name), url.c_str());
    return taken.problem().substr(name.size());
  };
  for (const char* escape : {"%", "%2", "%g0", "%0g", "%%"}) {
    EXPECT_TEXT(refused("btp+ws://:hush" + std::string(escape) + "@h"),
                "its token holds a % that begins no escape: write %25");
  }
  for (const char* raw : {"<", "\"", " ", "@", "[", "\\", "\xC3\xA9"}) {
    EXPECT_TEXT(refused("btp+ws://:hush" + std::string(raw) + "@h"),
                "its token holds a character that must be percent-encoded");
  }
  EXPECT_TEXT(refused("btp+ws://:hush%0A@h"), "its token holds a control character");
  EXPECT_TEXT(refused("btp+ws://hush%00:x@h"), "its user holds a control character");
  EXPECT_TEXT(refused("btp+ws://:hush%C3%A9@h"),
              "its token holds U+00E9 at byte 5, which is not printable ASCII");
  EXPECT_TEXT(refused("btp+ws://%FF:hush@h"), "its user is not UTF-8");
  EXPECT_TEXT(refused("btp+ws://alice:@h"), "its token is empty");
  EXPECT_TEXT(refused("btp+ws://hush@h"),
              "the URL has a user and no token: it is user:token@host, or :token@host");
  EXPECT_TEXT(refused("btp+ws://:" + std::string(4097, 'x') + "@h"), "its token is longer than 4096 bytes");
  EXPECT_TEXT(refused("btp+ws://:" + std::string(4098, 'x') + "@h"), "its token is too long");
  EXPECT_TEXT(refused("btp+ws://" + std::string(129, 'x') + ":hush@h"), "its user is too long");
  for (const char* url : {"btp+ws://:hush/hush@h", "btp+ws://alice:12/hush@h", "btp+ws://:hush?@h",
                          "btp+ws://:hush#@h", "btp+ws://:a@b/hush@h"}) {
    EXPECT(refused(url).starts_with("the URL has an @ behind the host"), url);
  }
  for (const char* url : {"btp+http://:hush@h", "btp+ws:/:hush@h", "btp+", "btp+btp+ws://:hush@h"}) {
    EXPECT_TEXT(refused(url), "the URL has a scheme other than ws://, wss://, btp+ws:// or btp+wss://");
  }
}

void a_url_cut_short_anywhere_tells_nothing(void**) {
  const std::string whole = "btp+wss://alice:hush%2Fhush@connector.example:7768/btp";
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    SettingValues values;
    Problems problems;
    kedge::program::Token token;
    values.set(Setting::url, whole.substr(0, size));
    take_btp_url(values, problems);
    const Configuration is = read_configuration(values, token, problems);
    for (const std::string& problem : problems) EXPECT(!contains(problem, "hush"), problem.c_str());
    EXPECT(!problems.empty() || !contains(is.url, "hush"), "no secret in a URL that is taken");
  }
}

void another_url_is_left_alone(void**) {
  EXPECT_TEXT(Taken("ws://h/").all(), "ws://h/ - -");
  const Taken with_user_info("ws://:hush@h/");
  EXPECT(with_user_info.problems.empty() && with_user_info.get(Setting::token) == "-", "nothing taken");
  EXPECT_TEXT(Taken("").all(), "- - -");
}

void two_secrets_are_refused_unless_they_are_the_same(void**) {
  EXPECT_TEXT(Taken("btp+ws://:hush@h", {{Setting::token, "hush\n"}}).all(), "ws://h - hush");
  EXPECT_TEXT(Taken("btp+ws://:hush@h", {{Setting::token, "hush2"}}).problem(),
              "CONNECTOR_BTP_URL: its token is another than CONNECTOR_BTP_AUTH_TOKEN");
  EXPECT_TEXT(Taken("btp+ws://:hush@h", {{Setting::token_file, "/hush"}}).problem(),
              "CONNECTOR_BTP_URL: its token is given as well as CONNECTOR_BTP_AUTH_TOKEN_FILE: which of them "
              "is it?");
  EXPECT_TEXT(
      Taken("btp+ws://:hush@h", {{Setting::no_token, "1"}}).problem(),
      "CONNECTOR_BTP_URL: its token is given as well as CONNECTOR_BTP_AUTH_NONE: which of them is it?");
  EXPECT_TEXT(Taken("btp+ws://:hush@h", {{Setting::no_token, "0"}}).all(), "ws://h - hush");
  EXPECT_TEXT(Taken("btp+ws://h", {{Setting::token_file, "/f"}}).get(Setting::token_file), "/f");
}

void two_names_are_refused_unless_they_are_the_same(void**) {
  EXPECT_TEXT(Taken("btp+ws://alice:hush@h", {{Setting::peer_id, "alice"}}).all(), "ws://h alice hush");
  EXPECT_TEXT(Taken("btp+ws://alice:hush@h", {{Setting::peer_id, "bob"}}).problem(),
              "CONNECTOR_BTP_URL: its user is another than CONNECTOR_BTP_PEER_ID");
  EXPECT_TEXT(Taken("btp+ws://:hush@h", {{Setting::peer_id, "bob"}}).all(), "ws://h bob hush");
}

void a_secret_in_the_environments_url_hides_that_of_a_file(void**) {
  Taken environment("btp+ws://:hush@h");
  const Taken file("btp+ws://bob:hush2@other", {{Setting::node_id, "n"}});
  environment.values.add_missing(file.values);
  EXPECT_TEXT(environment.all() + " " + environment.get(Setting::node_id), "ws://h bob hush n");
  Taken of_a_file("ws://h", {{Setting::token_file, "/f"}});
  of_a_file.values.add_missing(file.values);
  EXPECT_TEXT(of_a_file.all(), "ws://h bob -");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(user_and_token_leave_the_url),
      cmocka_unit_test(they_are_percent_encoded),
      cmocka_unit_test(what_is_malformed_is_refused_without_a_word_of_it),
      cmocka_unit_test(a_url_cut_short_anywhere_tells_nothing),
      cmocka_unit_test(another_url_is_left_alone),
      cmocka_unit_test(two_secrets_are_refused_unless_they_are_the_same),
      cmocka_unit_test(two_names_are_refused_unless_they_are_the_same),
      cmocka_unit_test(a_secret_in_the_environments_url_hides_that_of_a_file),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
