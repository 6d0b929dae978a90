#include "codec/base64.hpp"

#include "support/cmocka.hpp"

#include <array>

using namespace kedge;
using namespace kedge::codec;

static std::string encoded(std::string_view text, Base64 kind = Base64::standard) {
  std::array<char, 1024> out;
  const auto result = base64_encode(std::as_bytes(std::span(text)), out, kind);
  EXPECT(result.ok(), "room");
  EXPECT(result->size() == base64_encoded_size(text.size(), kind), "the size foretold");
  return std::string(*result);
}

static std::string decoded(std::string_view text, Base64 kind = Base64::standard) {
  std::array<std::byte, 1024> out;
  const auto result = base64_decode(text, out, kind);
  if (!result) return "error: " + std::string(result.error().message());
  return std::string(reinterpret_cast<const char*>(result->data()), result->size());
}

static void the_vectors_of_rfc_4648_hold_both_ways(void**) {
  constexpr std::string_view vectors[][2] = {{"", ""},
                                             {"f", "Zg=="},
                                             {"fo", "Zm8="},
                                             {"foo", "Zm9v"},
                                             {"foob", "Zm9vYg=="},
                                             {"fooba", "Zm9vYmE="},
                                             {"foobar", "Zm9vYmFy"}};
  for (const auto& vector : vectors) {
    EXPECT_TEXT(encoded(vector[0]), vector[1]);
    EXPECT_TEXT(decoded(vector[1]), vector[0]);
  }
}

static void alphabets_and_padding_are_kept_apart(void**) {
  EXPECT_TEXT(encoded("\xFB\xFF", Base64::standard), "+/8=");
  EXPECT_TEXT(encoded("\xFB\xFF", Base64::url), "-_8=");
  EXPECT_TEXT(encoded("\xFB\xFF", Base64::url_unpadded), "-_8");
  EXPECT_TEXT(decoded("-_8=", Base64::url), "\xFB\xFF");
  EXPECT_TEXT(decoded("-_8", Base64::url_unpadded), "\xFB\xFF");
  EXPECT_TEXT(decoded("-_8="), "error: base64: a character outside the alphabet at byte 0");
  EXPECT_TEXT(decoded("+/8=", Base64::url), "error: base64: a character outside the alphabet at byte 0");
  EXPECT_TEXT(decoded("-_8=", Base64::url_unpadded),
              "error: base64: a character outside the alphabet at byte 3");
}

static void what_is_not_canonical_is_refused_with_its_place(void**) {
  EXPECT_TEXT(decoded("Zg"), "error: base64: padding is missing at byte 2");
  EXPECT_TEXT(decoded("Z", Base64::url_unpadded), "error: base64: a lone character at byte 0");
  EXPECT_TEXT(decoded("Zh=="), "error: base64: bits left over are not zero at byte 1");
  EXPECT_TEXT(decoded("Zm9="), "error: base64: bits left over are not zero at byte 2");
  EXPECT_TEXT(decoded("Zm9v\nZm9"), "error: base64: a character outside the alphabet at byte 4");
  EXPECT_TEXT(decoded("Zg==Zg=="), "error: base64: a character outside the alphabet at byte 2");
  EXPECT_TEXT(decoded("===="), "error: base64: a character outside the alphabet at byte 0");
  EXPECT_TEXT(decoded(std::string_view("Zm\0v", 4)),
              "error: base64: a character outside the alphabet at byte 2");
}

static void every_length_makes_the_round_trip(void**) {
  std::string text;
  for (int size = 0; size < 200; ++size) {
    for (const Base64 kind : {Base64::standard, Base64::url, Base64::url_unpadded}) {
      EXPECT_TEXT(decoded(encoded(text, kind), kind), text);
    }
    text += static_cast<char>(size * 37 + 11);
  }
}

static void no_room_is_too_large_and_nothing_is_overrun(void**) {
  std::array<char, 3> small_text;
  EXPECT(base64_encode(std::as_bytes(std::span("f", 1)), small_text).error().kind() == ErrorKind::too_large,
         "no room for the text");
  std::array<std::byte, 2> small;
  EXPECT(base64_decode("Zm9v", small).error().kind() == ErrorKind::too_large, "no room for the bytes");
  EXPECT(base64_decode("Zm8=", small).ok(), "padding to take no room");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(the_vectors_of_rfc_4648_hold_both_ways),
      cmocka_unit_test(alphabets_and_padding_are_kept_apart),
      cmocka_unit_test(what_is_not_canonical_is_refused_with_its_place),
      cmocka_unit_test(every_length_makes_the_round_trip),
      cmocka_unit_test(no_room_is_too_large_and_nothing_is_overrun),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
