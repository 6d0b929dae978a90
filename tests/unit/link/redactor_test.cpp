// A peer's words leave without the secrets that it was shown, however they are written there.

#include "link/redactor.hpp"

#include "codec/utf8.hpp"
#include "support/cmocka.hpp"

#include <array>
#include <string>

using namespace kedge;

namespace {

constexpr std::string_view token = R"(pa"ss/w\rd-5e61f0)";

std::string redacted(std::string_view text, std::string_view secret = token, std::string_view query = {},
                     std::size_t room_bytes = 512) {
  std::array<char, 1024> memory;
  Redactor redactor(memory);
  EXPECT(redactor.credential().assign(secret).ok(), "room for the secret");
  redactor.set_query(query);
  std::string room(room_bytes, '\0');
  return std::string(redactor.redact(text, room));
}

void as_it_is_anywhere_and_cut_short(void**) {
  EXPECT_TEXT(redacted("cannot take " + std::string(token) + " here, " + std::string(token)),
              "cannot take *** here, ***");
  EXPECT_TEXT(redacted(R"(cannot take pa"ss/w\)"), "cannot take ***");
  for (const char* harmless : {"cannot take pa", "", "nothing of it", R"(pa"ss/w)"}) {
    EXPECT_TEXT(redacted(harmless), harmless);
  }
}

void what_goes_on_otherwise_goes_with_it_to_the_end_of_its_word(void**) {
  EXPECT_TEXT(redacted("is sesame-open_0123&x=1 not sesame?", "sesame-open-0123"), "is *** not sesame?");
  EXPECT_TEXT(redacted(R"({"token":"sesame-o...0123","user":"me"})", "sesame-open-0123"),
              R"({"token":"***","user":"me"})");
  EXPECT_TEXT(redacted("who is sesame-open-0123?", "sesame-open-0123"), "who is ***?");
}

void the_password_of_a_user_by_itself(void**) {
  EXPECT_TEXT(redacted("no user bob with hunter2", "bob:hunter2"), "no user bob with ***");
  EXPECT_TEXT(redacted("no bob:hunter2 here", "bob:hunter2"), "no *** here");
  EXPECT_TEXT(redacted("hunter23 is none", "bob:hunter2"), "hunter23 is none");
}

void a_short_one_that_was_cut_off_with_the_words(void**) {
  std::array<char, 1024> memory;
  Redactor redactor(memory);
  EXPECT(redactor.credential().assign("hunter2").ok(), "room");
  const std::string filler(Error::message_max - 6, '.');
  const Error cut(ErrorKind::remote, filler + "hunter2");
  EXPECT(cut.message().ends_with(".hunter"), "cut");
  EXPECT(redactor.redact(cut).message().ends_with(".***"), "not shown");
  const Error whole(ErrorKind::remote, "the end of a hunt");
  EXPECT_TEXT(redactor.redact(whole).message(), "the end of a hunt");
}

void with_jsons_escapes(void**) {
  EXPECT_TEXT(redacted(R"({"secret":"pa\"ss\/w\\rd-5e61f0"})"), R"({"secret":"***"})");
  EXPECT_TEXT(redacted(R"({"secret":"pa\u0022ss\u002Fw\u005crd-5e61f0"})"), R"({"secret":"***"})");
  EXPECT_TEXT(redacted(R"("\u0070\u0061\u0022\u0073\u0073\u002f\u0077\u005c")"), R"("***")");
  EXPECT_TEXT(redacted(R"(pa\u00"ss\u002)"), R"(pa\u00"ss\u002)");
  EXPECT_TEXT(redacted(R"("gr\u00fc\u00dfe \ud83d\ude00\n")",
                       "gr\xC3\xBC\xC3\x9F"
                       "e \xF0\x9F\x98\x80\n"),
              R"("***")");
  EXPECT_TEXT(redacted(R"("gr\u00c3\u00bc\u00c3\u009fe an")",
                       "gr\xC3\xBC\xC3\x9F"
                       "e an"),
              R"("***")");
  EXPECT_TEXT(redacted(R"("gr\u00fc\ud83d\u0041")", "gr\xC3\xBC\xF0\x9F\x98\x80"),
              R"("gr\u00fc\ud83d\u0041")");
}

void percent_encoded(void**) {
  EXPECT_TEXT(redacted("?token=pa%22ss%2Fw%5Crd-5e61f0&a"), "?token=***&a");
  EXPECT_TEXT(redacted("?token=pa%22ss%2"), "?token=pa%22ss%2");
  EXPECT_TEXT(redacted("so 100%25 of it!", "100%25 of it"), "so ***!");
}

void in_base64_wherever_it_stands(void**) {
  // pa"ss/w\rd-5e61f0 alone, behind one byte, behind two.
  EXPECT_TEXT(redacted("Basic cGEic3Mvd1xyZC01ZTYxZjA= was wrong"), "Basic *** was wrong");
  EXPECT_TEXT(redacted("Basic OnBhInNzL3dccmQtNWU2MWYw"), "Basic ***");
  EXPECT_TEXT(redacted("Basic YTpwYSJzcy93XHJkLTVlNjFmMA=="), "Basic ***");
  // The same without what stands before the secret's first byte.
  EXPECT_TEXT(redacted("cut: pwYSJzcy93XHJkLTVlNjFmMA=="), "cut: ***");
  EXPECT_TEXT(redacted("cut: nBhInNzL3dccmQtNWU2MWYw"), "cut: ***");
  EXPECT_TEXT(redacted("x-_-_-_-_", "\xfb\xff\xbf\xfb\xff\xbf\xfb\xff"), "***");
  EXPECT_TEXT(redacted("key=cGEic3Mvd1xyZC01ZTYxZjA%3D;"), "key=***;");
  EXPECT_TEXT(redacted(R"("\/\/7\/\/v\/+\/\/4=")", "\xff\xfe\xff\xfe\xff\xfe\xff\xfe"), R"("***")");
  EXPECT_TEXT(redacted("Basic cGEic3M="), "Basic cGEic3M=");
}

void a_short_one_is_masked_as_a_whole_word_alone(void**) {
  EXPECT_TEXT(redacted("no next, next_hop: \"next\" (next)", "next"), "no ***, ***_hop: \"***\" (***)");
  EXPECT_TEXT(redacted("nextdoor, the annex, context, next2", "next"), "nextdoor, the annex, context, next2");
  EXPECT_TEXT(redacted("is%20next%20", "next"), "is%20***%20");
  EXPECT_TEXT(redacted(R"(is\nnext\u000a)", "next"), R"(is\n***\u000a)");
  EXPECT_TEXT(redacted(R"(was \u006eext)", "next"), "was ***");
  EXPECT_TEXT(redacted("Basic dXNlcjpuZXh0 or bmV4dA==", "next"), "Basic *** or ***");
  EXPECT_TEXT(redacted("Y29udGV4dCBuZXh0ZG9vcg==", "next"), "Y29udGV4dCBuZXh0ZG9vcg==");
  EXPECT_TEXT(redacted("take a or b", "a"), "take * or b");
  EXPECT_TEXT(redacted("sesame! open sesame", "sesame!"), "*** open sesame");
}

void a_querys_values_of_eight_bytes_or_more(void**) {
  const std::string_view query = "v=2&key=hush%2Dhush!&pinned-to&agent=next&";
  EXPECT_TEXT(redacted("/?v=2&key=hush-hush!&agent=next", "", query), "/?v=2&key=***&agent=next");
  EXPECT_TEXT(redacted("hush%2Dhush! aHVzaC1odXNo pinned-to", "", query), "*** *** ***");
  EXPECT_TEXT(redacted("hush, hush-hu", "", query), "hush, hush-hu");
  EXPECT_TEXT(redacted("hush-hush! sesame-open", "sesame-open", query), "*** ***");
}

void what_is_left_holds_it_no_more_even_if_the_peer_means_it(void**) {
  EXPECT_TEXT(redacted("ab"
                       "ab***cdef!"
                       "cdef!",
                       "ab***cdef!"),
              "***");
}

void without_a_secret_everything_passes_as_it_came(void**) {
  std::array<char, 1024> memory;
  Redactor redactor(memory);
  const std::string text = "no secret, no mask: sesame-open \xff";
  std::array<char, 4> room;
  EXPECT(redactor.redact(text, room).data() == text.data(), "no copy");
  EXPECT(redactor.credential().assign("elsewhere").ok(), "room for the secret");
  EXPECT(redactor.redact(text, room).data() == text.data(), "no copy either");
}

void what_has_no_room_is_cut_between_characters(void**) {
  const std::string text =
      "gr\xC3\xBC\xC3\x9F"
      "e an sesame-open und sesame-open";
  for (std::size_t room = 0; room <= text.size(); ++room) {
    const std::string without = redacted(text, "sesame-open", {}, room);
    const std::string whole =
        "gr\xC3\xBC\xC3\x9F"
        "e an *** und ***";
    EXPECT(without.size() <= room && whole.starts_with(without), "the beginning");
    EXPECT(codec::utf8_valid(without), "whole characters");
    EXPECT(without.size() + 1 >= std::min(room, whole.size()), "all that fits");
  }
}

void a_secret_that_is_no_text_takes_whole_characters_with_it(void**) {
  const std::string text = "a \xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC z";
  const std::string without = redacted(text, text.substr(3, 8));
  EXPECT_TEXT(without, "a *** z");
}

void an_error_keeps_everything_but_the_secret(void**) {
  std::array<char, 1024> memory;
  Redactor redactor(memory);
  EXPECT(redactor.credential().assign(token).ok(), "room for the secret");
  const Error error = Error(ErrorKind::authentication, Layer::websocket, 1008, "not ")
                          .append(token)
                          .with_code(-7)
                          .with_retry_after(std::chrono::seconds{3})
                          .with_may_have_run();
  const Error without = redactor.redact(error);
  EXPECT_TEXT(without.message(), "not ***");
  EXPECT(without.kind() == error.kind() && without.layer() == error.layer(), "its kind and layer");
  EXPECT(without.layer_code() == 1008 && without.code() == -7, "its codes");
  EXPECT(without.retry_after() == error.retry_after(), "and when to come again");
  EXPECT(without.may_have_run(), "and that it may have run");
  EXPECT_TEXT(redactor.redact(Error(ErrorKind::remote, "no such tool")).message(), "no such tool");
}

void words_are_masked_before_they_are_cut_and_ours_are_not(void**) {
  std::array<char, 1024> memory;
  Redactor redactor(memory);
  EXPECT(redactor.credential().assign("answered").ok(), "room for the secret");
  Error error(ErrorKind::remote, "the server answered: ");
  redactor.append(error, "not answered by answered");
  EXPECT_TEXT(error.message(), "the server answered: not *** by ***");
  Error cut(ErrorKind::remote, "it said: ");
  redactor.append(cut, std::string(Error::message_max - 16, '.') + "answered");
  EXPECT(cut.message().ends_with("..***"), "nothing of it where the words end");
  redactor.append(cut, std::string(Error::message_max, '!')).append("more");
  EXPECT(cut.message().ends_with('!'), "cut, and so it stays");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(as_it_is_anywhere_and_cut_short),
      cmocka_unit_test(what_goes_on_otherwise_goes_with_it_to_the_end_of_its_word),
      cmocka_unit_test(the_password_of_a_user_by_itself),
      cmocka_unit_test(a_short_one_that_was_cut_off_with_the_words),
      cmocka_unit_test(with_jsons_escapes),
      cmocka_unit_test(percent_encoded),
      cmocka_unit_test(in_base64_wherever_it_stands),
      cmocka_unit_test(a_short_one_is_masked_as_a_whole_word_alone),
      cmocka_unit_test(a_querys_values_of_eight_bytes_or_more),
      cmocka_unit_test(what_is_left_holds_it_no_more_even_if_the_peer_means_it),
      cmocka_unit_test(without_a_secret_everything_passes_as_it_came),
      cmocka_unit_test(what_has_no_room_is_cut_between_characters),
      cmocka_unit_test(a_secret_that_is_no_text_takes_whole_characters_with_it),
      cmocka_unit_test(an_error_keeps_everything_but_the_secret),
      cmocka_unit_test(words_are_masked_before_they_are_cut_and_ours_are_not),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
