#include <kedge/json_text.hpp>

#include "support/cmocka.hpp"

#include <array>
#include <cmath>
#include <limits>

using namespace kedge;
using namespace kedge::json;

static void escapes_are_decoded_and_compared_alike(void**) {
  using namespace std::string_view_literals;
  constexpr std::string_view cases[][2] = {
      {"plain", "plain"},
      {R"(\"\\\/\b\f\n\r\t)", "\"\\/\b\f\n\r\t"},
      {R"(a\u0000b)", "a\0b"sv},
      {R"(\u00e4\u20AC\ud83d\uDE00!)", "\u00e4\u20AC\U0001F600!"},
      {R"(\udbff\udfff)", "\U0010FFFF"},
      {"", ""},
  };
  for (const auto& test : cases) {
    std::array<char, 64> room;
    const auto text = unescape(test[0], room);
    EXPECT(text.ok(), "valid escapes");
    EXPECT_TEXT(*text, test[1]);
    EXPECT(equals(test[0], test[1]), "the same text");
    EXPECT(!equals(test[0], std::string(test[1]) + "x"), "a longer text to differ");
    if (!test[1].empty())
      EXPECT(!equals(test[0], test[1].substr(0, test[1].size() - 1)), "a shorter to differ");
    if (!test[1].empty())
      EXPECT(!equals(test[0], "\x01" + std::string(test[1].substr(1))), "another to differ");
  }
}

static void what_the_reader_would_refuse_is_an_error_and_never_equal(void**) {
  for (const std::string_view raw : {"\\", "\\x", "\\u12", "\\u12g4", "\\ud800", "\\ud800\\", "\\ud800\\u00",
                                     "\\ud800\\u0041", "\\udc00", "a\\u"}) {
    std::array<char, 64> room;
    EXPECT(unescape(raw, room).error().kind() == ErrorKind::protocol, "a protocol error");
    EXPECT(!equals(raw, raw), "no text to equal it");
  }
}

static void a_buffer_too_small_is_too_large(void**) {
  std::array<char, 2> room;
  EXPECT(unescape("ab\\n", room).error().kind() == ErrorKind::too_large, "no room for the escape");
  EXPECT(unescape("abc\\n", room).error().kind() == ErrorKind::too_large, "no room for the run");
  EXPECT(unescape("abc", room).ok(), "no room needed without an escape");
}

static std::string int64_of(std::string_view text) {
  const auto value = to_int64(text);
  return value ? std::to_string(*value) : std::string(value.error().message());
}
static std::string uint64_of(std::string_view text) {
  const auto value = to_uint64(text);
  return value ? std::to_string(*value) : std::string(value.error().message());
}

static void integers_are_exact_up_to_their_limits(void**) {
  for (const std::string_view same :
       {"0", "-1", "9007199254740993", "9223372036854775807", "-9223372036854775808"}) {
    EXPECT_TEXT(int64_of(same), same);
  }
  EXPECT_TEXT(int64_of("-0"), "0");
  EXPECT_TEXT(uint64_of("-0"), "0");
  EXPECT_TEXT(uint64_of("18446744073709551615"), "18446744073709551615");
  const std::string digits(400, '9');
  for (const std::string& wide : {std::string("9223372036854775808"), std::string("-9223372036854775809"),
                                  digits, "-" + digits, std::string("18446744073709551616")}) {
    EXPECT_TEXT(int64_of(wide), "JSON: an integer out of range");
  }
  for (const std::string& wide : {std::string("18446744073709551616"), std::string("-1"), digits}) {
    EXPECT_TEXT(uint64_of(wide), "JSON: an integer out of range");
  }
  EXPECT_TEXT(int64_of("1.0"), "JSON: not an integer");
  EXPECT_TEXT(uint64_of("1e2"), "JSON: not an integer");
}

static void what_is_not_a_number_is_refused(void**) {
  for (const std::string_view text :
       {"", "-", "01", "+1", ".5", "1.", "1.e1", "1e", "1e+", "1x", " 1", "0x1", "inf", "nan"}) {
    EXPECT_TEXT(int64_of(text), "JSON: not a number");
    EXPECT(to_double(text).error().kind() == ErrorKind::protocol, "refused as a double");
  }
}

static void doubles_are_the_nearest(void**) {
  EXPECT(*to_double("0.1") == 0.1 && *to_double("-1.5E+3") == -1500.0 && *to_double("1e22") == 1e22,
         "nearest");
  EXPECT(*to_double("1.7976931348623157e308") == std::numeric_limits<double>::max(), "the largest");
  EXPECT(*to_double("5e-324") == std::numeric_limits<double>::denorm_min(), "the smallest");
  EXPECT(*to_double("9007199254740993") == 9007199254740992.0, "rounded to even");
}

static void beyond_a_double_is_an_error_and_beneath_it_a_zero(void**) {
  const std::string digits(400, '1');
  for (const std::string& wide :
       {std::string("1e999"), std::string("-1e309"), digits, "1e" + digits, "0.0001e400" + std::string()}) {
    EXPECT_TEXT(to_double(wide).error().message(), "JSON: a number beyond the range of a double");
  }
  EXPECT(*to_double("1e-999") == 0 && !std::signbit(*to_double("1e-999")), "zero");
  EXPECT(std::signbit(*to_double("-1e-" + digits)), "a zero of its sign");
  EXPECT(*to_double("0." + std::string(400, '0') + "1") == 0, "zero");
  EXPECT(*to_double("0e" + digits) == 0 && *to_double("0.000e999") == 0, "a zero whatever its exponent");
  EXPECT(std::abs(*to_double("0." + digits) - 1.0 / 9) < 1e-15, "400 digits");
  EXPECT(std::abs(*to_double(digits + "e-400") - 1.0 / 9) < 1e-15, "digits that an exponent brings back");
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(escapes_are_decoded_and_compared_alike),
      cmocka_unit_test(what_the_reader_would_refuse_is_an_error_and_never_equal),
      cmocka_unit_test(a_buffer_too_small_is_too_large),
      cmocka_unit_test(integers_are_exact_up_to_their_limits),
      cmocka_unit_test(what_is_not_a_number_is_refused),
      cmocka_unit_test(doubles_are_the_nearest),
      cmocka_unit_test(beyond_a_double_is_an_error_and_beneath_it_a_zero),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
