// A credential is found in a server's words however it is written there.

#include "link/without_secret.hpp"

#include "support/cmocka.hpp"

#include <string>

using namespace kedge;

namespace {

constexpr std::string_view token = R"(pa"ss/w\rd-5e61f0)";

bool held(std::string_view text, std::string_view secret = token) {
  Secret kept;
  EXPECT(kept.assign(secret).ok(), "room for the secret");
  return holds_secret(text, kept);
}

void as_it_is_anywhere_and_cut_short(void**) {
  EXPECT(held("cannot take " + std::string(token) + " here"), "whole");
  EXPECT(held(R"(cannot take pa"ss/w\)"), "its first eight characters");
  EXPECT(!held("cannot take pa"), "no more than a word of it");
  EXPECT(!held("") && !held("nothing of it"), "nothing");
}

void with_jsons_escapes(void**) {
  EXPECT(held(R"({"secret":"pa\"ss\/w\\rd-5e61f0"})"), "as an encoder writes it");
  EXPECT(held(R"({"secret":"pa\u0022ss\u002Fw\u005crd-5e61f0"})"), "by number, in either case");
  EXPECT(held(R"("\u0070\u0061\u0022\u0073\u0073\u002f\u0077\u005c")"), "all of it by number");
  EXPECT(!held(R"(pa\u00"ss\u002)"), "an escape that is cut off is none");
}

void percent_encoded(void**) {
  EXPECT(held("?token=pa%22ss%2Fw%5Crd"), "in a URL");
  EXPECT(!held("?token=pa%22ss%2"), "cut off before eight characters");
  EXPECT(held("100%25 of it", "100%25 of it"), "a secret that looks like an escape");
}

void in_base64_wherever_it_stands(void**) {
  // pa"ss/w\rd-5e61f0 alone, behind one byte, behind two.
  EXPECT(held("Basic cGEic3Mvd1xyZC01ZTYxZjA="), "at the beginning");
  EXPECT(held("Basic OnBhInNzL3dccmQtNWU2MWYw"), "behind a colon");
  EXPECT(held("Basic YTpwYSJzcy93XHJkLTVlNjFmMA=="), "behind a name");
  EXPECT(held("x-_-_-_-_", "\xfb\xff\xbf\xfb\xff\xbf"), "in the alphabet of URLs");
  EXPECT(!held("Basic cGEic3M="), "not when it is cut before six bytes");
}

void an_error_keeps_everything_but_the_words(void**) {
  Secret secret;
  EXPECT(secret.assign(token).ok(), "room for the secret");
  const Error error = Error(ErrorKind::authentication, Layer::websocket, 1008, token)
                          .with_code(-7)
                          .with_retry_after(std::chrono::seconds{3})
                          .with_may_have_run();
  const Error without = without_secret(error, secret, "refused");
  EXPECT_TEXT(std::string(without.message()), "refused");
  EXPECT(without.kind() == error.kind() && without.layer() == error.layer(), "its kind and layer");
  EXPECT(without.layer_code() == 1008 && without.code() == -7, "its codes");
  EXPECT(without.retry_after() == error.retry_after(), "and when to come again");
  EXPECT(without.may_have_run(), "and that it may have run");
  const Error harmless(ErrorKind::remote, "no such tool");
  EXPECT_TEXT(std::string(without_secret(harmless, secret, "refused").message()), "no such tool");
  EXPECT_TEXT(std::string(without_secret(harmless, Secret(), "refused").message()), "no such tool");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(as_it_is_anywhere_and_cut_short),
      cmocka_unit_test(with_jsons_escapes),
      cmocka_unit_test(percent_encoded),
      cmocka_unit_test(in_base64_wherever_it_stands),
      cmocka_unit_test(an_error_keeps_everything_but_the_words),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
