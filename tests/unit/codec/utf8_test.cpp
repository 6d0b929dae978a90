#include "codec/utf8.hpp"

#include "support/cmocka.hpp"

using namespace kedge;
using namespace kedge::codec;

static std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

// A second opinion, written as RFC 3629's definition: decode, then judge the number.
static bool valid_by_definition(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t size = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if ((lead >= 0x80 && lead < 0xC0) || lead >= 0xF8 || i + size > text.size()) return false;
    std::uint32_t code = size == 1 ? lead : lead & (0xFFU >> (size + 1));
    for (std::size_t k = 1; k < size; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xC0U) != 0x80U) return false;
      code = code << 6U | (next & 0x3FU);
    }
    constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < least[size] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return false;
    i += size;
  }
  return true;
}

static void every_code_point_is_accepted_but_surrogates_refused(void**) {
  for (char32_t code = 0; code <= 0x10FFFF; ++code) {
    char text[4];
    const std::size_t size = utf8_encode(code, std::span<char, 4>(text));
    EXPECT(utf8_valid({text, size}) == (code < 0xD800 || code > 0xDFFF), "scalar values only");
  }
}

static void all_short_byte_sequences_agree_with_the_definition(void**) {
  constexpr unsigned char edges[] = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF,
                                     0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
  for (const unsigned char a : edges) {
    for (const unsigned char b : edges) {
      for (const unsigned char c : edges) {
        for (const unsigned char d : edges) {
          const char text[] = {static_cast<char>(a), static_cast<char>(b), static_cast<char>(c),
                               static_cast<char>(d)};
          for (std::size_t size = 1; size <= 4; ++size) {
            const std::string_view view(text, size);
            EXPECT(utf8_valid(view) == valid_by_definition(view), "the same verdict");
          }
        }
      }
    }
  }
}

static void it_fails_at_the_first_impossible_byte(void**) {
  struct Case {
    std::string_view text;
    std::size_t fails_at;
  };
  for (const Case& test :
       {Case{"a\xC0\x80", 1}, Case{"\xE0\x9F\x80", 1}, Case{"\xED\xA0\x80", 1}, Case{"\xF0\x8F\xBF\xBF", 1},
        Case{"\xF4\x90\x80\x80", 1}, Case{"\xF5", 0}, Case{"\xE2\x82g", 2}, Case{"\x80", 0}}) {
    Utf8Validator validator;
    for (std::size_t i = 0; i < test.text.size(); ++i) {
      const bool good = validator.feed(bytes(test.text.substr(i, 1)));
      EXPECT(good == (i < test.fails_at), "failure exactly from the impossible byte on");
    }
    EXPECT(!validator.complete(), "a failed text not to be complete");
    validator.reset();
    EXPECT(validator.feed(bytes("ok")) && validator.complete(), "a fresh start after reset");
  }
}

static void a_bad_byte_is_found_at_every_place_and_every_split(void**) {
  for (std::size_t size = 0; size < 80; ++size) {
    const std::string ascii(size, 'x');
    for (std::size_t place = 0; place <= size; ++place) {
      const std::string bad = ascii.substr(0, place) + '\xFF' + ascii.substr(place);
      const std::string good = ascii.substr(0, place) + "\u20AC\U0001F600" + ascii.substr(place);
      EXPECT(!utf8_valid(bad), "the bad byte found");
      EXPECT(utf8_valid(good), "the characters accepted");
      Utf8Validator validator;
      EXPECT(validator.feed(bytes(good).first(place + 1)), "a beginning accepted");
      EXPECT(!validator.complete(), "a torn character not to be complete");
      EXPECT(validator.feed(bytes(good).subspan(place + 1)) && validator.complete(), "the rest accepted");
    }
  }
}

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(every_code_point_is_accepted_but_surrogates_refused),
      cmocka_unit_test(all_short_byte_sequences_agree_with_the_definition),
      cmocka_unit_test(it_fails_at_the_first_impossible_byte),
      cmocka_unit_test(a_bad_byte_is_found_at_every_place_and_every_split),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
